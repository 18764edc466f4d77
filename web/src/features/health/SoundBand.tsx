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
import { bands } from './bands';
import css from './health.module.css';
import { TimeChart } from './TimeChart';

type Props = {
  from: string;
  to: string;
  /** What one point stands for, in seconds: its loudest moment. */
  step: number;
  /** The hours of the other bands, in seconds. */
  times: readonly number[];
  until: number;
  zone: string | undefined;
};

/** The loudness of a room on the time of the readings. The room stands in the address. */
export function SoundBand({ from, to, step, times, until, zone }: Props) {
  const first = times[0] ?? until;
  const [search, setSearch] = useSearchParams();
  const cameras = useCameras().data ?? [];
  const camera = cameras.find(({ id }) => String(id) === search.get('room')) ?? cameras[0];
  const levels = useQuery({
    queryKey: keys.soundBand(camera?.id ?? 0, step, until),
    queryFn: () => calls.levels(camera?.id ?? 0, from, to, step),
    enabled: camera !== undefined,
    // The time goes on every minute, and until the answer is there the last drawing of the same room and step stands.
    placeholderData: (last, before) => (before?.queryKey[1] === camera?.id && before?.queryKey[3] === step ? last : undefined),
  });
  const drawn = useMemo(() => loudest(levels.data?.points ?? [], first, until, step), [levels.data, first, until, step]);
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
      <TimeChart {...bands.sound} label={`Sound, ${camera.name}`} {...drawn} until={until} zone={zone} />
    </>
  );
}
