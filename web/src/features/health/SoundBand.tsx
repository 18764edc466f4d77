import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useCameras } from '../../api/queries';
import { loudest } from '../../lib/health';
import { Note } from '../../ui/States';
import css from './health.module.css';
import { TimeChart } from './TimeChart';

/** The loudness of a room on the time of the readings: the loudest moment of every five minutes. The room stands in the address. */
export function SoundBand({
  from,
  to,
  first,
  until,
  zone,
}: {
  from: string;
  to: string;
  first: number;
  until: number;
  zone: string | undefined;
}) {
  const [search, setSearch] = useSearchParams();
  const cameras = useCameras().data ?? [];
  const camera = cameras.find(({ id }) => String(id) === search.get('room')) ?? cameras[0];
  const levels = useQuery({
    queryKey: keys.soundBand(camera?.id ?? 0, until),
    queryFn: () => calls.levels(camera?.id ?? 0, from, to),
    enabled: camera !== undefined,
    // The time goes on every minute, and until the answer is there the last drawing of the same room stands.
    placeholderData: (last, before) => (before?.queryKey[1] === camera?.id ? last : undefined),
  });
  const drawn = useMemo(() => loudest(levels.data?.points ?? [], first, until), [levels.data, first, until]);
  if (!camera) return null;
  return (
    <>
      {cameras.length > 1 && (
        <NativeSelect
          label="Sound of"
          className={css.choose}
          value={String(camera.id)}
          onChange={(event) => {
            const room = event.currentTarget.value;
            setSearch((now) => ({ ...Object.fromEntries(now), room }), { replace: true });
          }}
          data={cameras.map(({ id, name }) => ({ value: String(id), label: name }))}
        />
      )}
      {levels.isError && (
        <Note tone="bad">
          The sound of {camera.name} could not be read. {wordsOf(levels.error)}
        </Note>
      )}
      <TimeChart
        label={`Sound, ${camera.name}`}
        unit=" %"
        kind="area"
        colour="#a99d8f"
        times={drawn.times}
        values={drawn.values}
        until={until}
        zone={zone}
        least={0}
        most={100}
      />
    </>
  );
}
