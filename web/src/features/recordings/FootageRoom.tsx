import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import { bytes } from '../../lib/time';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import { ByteLimit } from './ByteLimit';
import { OffSite } from './OffSite';
import css from './recordings.module.css';

/** The household's footage: how long the room lasts, the most it may take, and what each camera keeps. For parents. */
export function FootageRoom() {
  const queries = useQueryClient();
  const household = useMe().data?.household;
  const mayAsk = household !== undefined && household.place !== 'guest' && !household.isOutsider;
  const storage = useQuery({ queryKey: keys.footageStorage, queryFn: calls.footageStorage, refetchInterval: 60_000, enabled: mayAsk });
  const limit = useMutation({
    mutationFn: calls.limitFootage,
    onSuccess: (next) => queries.setQueryData(keys.footageStorage, next),
  });
  if (!mayAsk) return null;
  if (!storage.data) return storage.isError ? <Note tone="bad">{wordsOf(storage.error)}</Note> : null;
  const { words, maxBytes, bytesPerDay, freeBytes, daysLeft, cameras } = storage.data;
  const used = cameras.reduce((sum, camera) => sum + camera.bytes, 0);
  return (
    <Panel title="Footage of this household">
      <Note tone={daysLeft !== null && daysLeft < 2 ? 'bad' : 'quiet'}>{words}</Note>
      <p className={css.room}>
        {bytes(used)} now, {bytes(bytesPerDay)} a day. {bytes(freeBytes)} of the disk are free.
      </p>
      <ByteLimit
        key={maxBytes ?? 0}
        label="All cameras, at most"
        maxBytes={maxBytes}
        usedBytes={used}
        busy={limit.isPending}
        save={(most) => limit.mutate(most)}
      />
      {limit.isError && <Note tone="bad">That was not changed. {wordsOf(limit.error)}</Note>}
      {cameras.length > 0 && (
        <ul className={css.kept}>
          {cameras.map((camera) => (
            <li key={camera.cameraId}>
              <Link to={`/app/cameras/${camera.cameraId}/schedules`}>{camera.name}</Link>
              <span>
                {[bytes(camera.bytes), keptFor(camera.hours), camera.maxBytes !== null && `at most ${bytes(camera.maxBytes)}`]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
              {camera.heldBytes !== null && (
                <Note tone="bad">{bytes(camera.heldBytes)} would be deleted, and wait for you on its page of recording times.</Note>
              )}
            </li>
          ))}
        </ul>
      )}
      <OffSite />
    </Panel>
  );
}

function keptFor(hours: number): string {
  if (hours === 0) return 'kept while there is room';
  return hours % 24 === 0 ? `kept for ${hours === 24 ? 'a day' : `${hours / 24} days`}` : `kept for ${hours} h`;
}
