import type { CameraStatus } from '../api/types';
import type { PlayerView } from './player/view';
import { ago } from './time';
import { failureWords } from './words';

export type PictureNote = { kind: 'connecting' | 'stale' | 'offline' | 'paused'; title: string; detail?: string };

/**
 * What to write over a picture. What is really on the screen outranks what the server says about the camera: a moving picture
 * needs no note, and a standing one is never passed off as live.
 */
export function pictureNote(
  status: CameraStatus,
  paused: boolean,
  view: Pick<PlayerView, 'phase' | 'ageMs' | 'sinceMs' | 'connected'> | null,
): PictureNote | null {
  if (paused || status.state === 'paused')
    return { kind: 'paused', title: 'Paused', detail: 'Not watching, not listening, not recording.' };
  if (view?.phase === 'live') return null;
  const why = status.state === 'offline' ? (failureWords[status.failure]?.title ?? 'Camera offline') : undefined;
  if (view?.phase === 'stale') {
    return {
      kind: 'stale',
      title: `Last picture ${ago(view.ageMs ?? view.sinceMs ?? 0)}`,
      detail: why ?? (view.connected ? 'Waiting for the camera …' : 'Reconnecting …'),
    };
  }
  if (status.state === 'offline') {
    const words = failureWords[status.failure];
    const title = status.failure === 'none' || !words ? 'Camera offline' : words.title;
    return { kind: 'offline', title, detail: words && status.failure !== 'none' ? words.advice : 'Vigil keeps trying.' };
  }
  return { kind: 'connecting', title: 'Connecting …' };
}
