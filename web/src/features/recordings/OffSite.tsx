import { useQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { useMe } from '../../api/queries';
import { bytes, dayAndClock } from '../../lib/time';
import { Note } from '../../ui/States';
import css from './recordings.module.css';

/** How the copies on a second disk fare; nothing where there shall be none. */
export function OffSite() {
  const zone = useMe().data?.household.timeZone;
  const { data } = useQuery({ queryKey: keys.offSite, queryFn: calls.offSite, refetchInterval: 60_000 });
  if (!data || data.state === 'off') return null;
  const wrong = data.state === 'away' || data.state === 'full' || data.state === 'failing';
  const there =
    data.copied > 0 &&
    `${data.copied} ${data.copied === 1 ? 'is' : 'are'} there, ${bytes(data.bytes)}${data.lastCopiedAt ? `, the last since ${dayAndClock(data.lastCopiedAt, zone)}` : ''}.`;
  const waits = data.waiting > 0 && `${data.waiting} ${data.waiting === 1 ? 'waits' : 'wait'}.`;
  return (
    <div className={css.copies}>
      <h3>Second copy</h3>
      <Note tone={wrong ? 'bad' : 'quiet'}>{data.words}</Note>
      {(waits || there) && <p>{[waits, there].filter(Boolean).join(' ')}</p>}
    </div>
  );
}
