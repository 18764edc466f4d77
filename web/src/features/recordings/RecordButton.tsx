import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { useLive } from '../../api/live';
import { wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import type { Camera } from '../../api/types';
import { clock as clockWords } from '../../lib/time';
import { useNow } from '../../ui/hooks';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/States';
import { elapsed, whyRecorded } from './recordings';
import css from './recordings.module.css';

/** Record now, stop, and what is being recorded anyway. */
export function RecordButton({ camera }: { camera: Camera }) {
  const queries = useQueryClient();
  const { clock } = useLive();
  const zone = useMe().data?.household.timeZone;
  const running = useQuery({ queryKey: keys.running(camera.id), queryFn: () => calls.runningRecordings(camera.id), refetchInterval: 5000 });
  const now = useNow(1000) + (clock.offsetMs ?? 0);
  const renew = { onSettled: () => queries.invalidateQueries({ queryKey: keys.recordings }) };
  const start = useMutation({ mutationFn: () => calls.record(camera.id), ...renew });
  const stop = useMutation({ mutationFn: (id: string) => calls.stopRecording(id), ...renew });
  const all = running.data?.recordings.filter((one) => one.status === 'recording') ?? [];
  const byHand = all.find((one) => one.kind === 'manual');
  const other = all.find((one) => one.kind !== 'manual');
  const failure = start.error ?? stop.error;
  return (
    <div className={css.record}>
      {camera.canRecord && (
        <Button
          variant={byHand ? 'filled' : 'default'}
          color="red"
          fullWidth
          leftSection={<Icon name={byHand ? 'stop' : 'record'} />}
          loading={start.isPending || stop.isPending}
          disabled={camera.paused || running.isPending}
          onClick={() => (byHand ? stop.mutate(byHand.id) : start.mutate())}
        >
          {byHand ? `Stop recording · ${elapsed(now - Date.parse(byHand.from))}` : 'Record now'}
        </Button>
      )}
      <p role="status">
        {byHand &&
          `Being recorded since ${clockWords(byHand.from, zone).slice(0, 5)}${byHand.startedBy ? `, started by ${byHand.startedBy}` : ''}. `}
        {other && `${whyRecorded(other)} `}
        <Link to={`/app/recordings?camera=${camera.id}`}>All recordings</Link>
      </p>
      {running.isError && <Note tone="bad">Whether it is being recorded cannot be seen. {wordsOf(running.error)}</Note>}
      {failure && <Note tone="bad">{wordsOf(failure)}</Note>}
    </div>
  );
}
