import { useQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { useLive } from '../../api/live';
import { wordsOf } from '../../api/problems';
import type { StreamSession } from '../../api/types';
import { deviceWords } from '../../lib/deviceWords';
import { dayAndClock, length } from '../../lib/time';
import { useNow } from '../../ui/hooks';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './health.module.css';

const roads: Record<StreamSession['road'], string> = { webRtc: 'WebRTC', mse: 'MSE', hls: 'HLS', mjpeg: 'single pictures' };

/** Who looks at this camera, and who looked lately: for parents. */
export function Viewers({ cameraId, zone }: { cameraId: number; zone?: string }) {
  const viewers = useQuery({ queryKey: keys.viewers(cameraId), queryFn: () => calls.viewers(cameraId), refetchInterval: 10_000 });
  const { clock } = useLive();
  const now = useNow(5000) + (clock.offsetMs ?? 0);
  if (!viewers.data) return viewers.isError ? <Note tone="bad">Who watches is not known. {wordsOf(viewers.error)}</Note> : null;
  const { now: watching, recent } = viewers.data;
  return (
    <Panel title="Who watches" hint="Live pictures only. Kept for ninety days.">
      {watching.length === 0 && <p style={{ margin: 0 }}>Nobody watches now.</p>}
      {watching.length > 0 && (
        <ul className={css.viewers} aria-label="Watching now">
          {watching.map((session) => (
            <li key={session.id}>
              <strong>
                <i aria-hidden="true" />
                {session.viewer}
              </strong>
              <span>
                {client(session)} · for {rounded((now - Date.parse(session.startedAt)) / 1000)}
              </span>
            </li>
          ))}
        </ul>
      )}
      {recent.length > 0 && (
        <>
          <h3>Lately</h3>
          <ul className={css.viewers} aria-label="Watched lately">
            {recent.map((session) => (
              <li key={session.id}>
                <strong>{session.viewer}</strong>
                <span>
                  {dayAndClock(session.startedAt, zone)}
                  {session.endedAt && `, for ${rounded((Date.parse(session.endedAt) - Date.parse(session.startedAt)) / 1000)}`} ·{' '}
                  {client(session)}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function client({ client: agent, road, quality, address }: StreamSession): string {
  return [deviceWords(agent), address, `${roads[road] ?? road}${quality === 'sub' ? ', small picture' : ''}`].filter(Boolean).join(' · ');
}

/** Seconds matter for a short look only. */
function rounded(seconds: number): string {
  if (seconds < 120) return length(seconds);
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
