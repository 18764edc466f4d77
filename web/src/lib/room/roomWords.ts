import type { RoomPhone } from '../../api/types';
import type { Battery } from './battery';
import type { Quality } from './linkStats';
import type { End, SenderState, Trouble } from './sender';

export type Tone = 'good' | 'busy' | 'bad';
export type Words = { tone: Tone; title: string; detail: string };

const troubles: Record<Trouble, { title: string; detail: string }> = {
  noServer: { title: 'Vigil does not answer', detail: 'Is this phone on your Wi-Fi, and is Vigil running?' },
  anotherDevice: { title: 'Another device is sending', detail: 'It shows this room now. When it stops, this one takes over.' },
  refused: { title: 'Vigil does not take the picture', detail: 'Look at this camera’s settings on your own phone.' },
  paused: { title: 'This camera is paused', detail: 'A parent paused it. It goes on by itself when it is resumed.' },
  connection: { title: 'The connection broke', detail: 'Is the Wi-Fi weak here?' },
  cameraTaken: { title: 'The camera is in use elsewhere', detail: 'Close other apps that use the camera. A locked phone stops it, too.' },
  noCamera: { title: 'No camera found', detail: 'Plug one in, or choose another.' },
  noCodec: {
    title: 'This browser cannot send H.264',
    detail: 'A new Firefox learns it by itself within minutes. Else use Chrome, Safari or Edge.',
  },
};

const ends: Record<End, { title: string; detail: string }> = {
  stopped: { title: 'Not sending', detail: '' },
  revoked: {
    title: 'This device was signed off',
    detail: 'A parent removed it from the camera’s settings. To use it again, show it a new code.',
  },
  elsewhere: { title: 'Another page sends now', detail: 'This room is open twice on this device. Close one, or send from here instead.' },
  notAllowed: {
    title: 'The browser does not give the camera',
    detail: 'Allow camera and microphone for this page (the sign beside the address, or the phone’s settings), then start again.',
  },
};

export const troubleWords = (why: Trouble | End) => (why in troubles ? troubles[why as Trouble] : ends[why as End]);

const deafWords: Words = {
  tone: 'bad',
  title: 'Microphone muted',
  detail: 'A call or another app has it. The picture goes on, but nothing is heard.',
};

/** What the phone itself says about sending. `now` is the same clock as `retryAt`. */
export function senderWords(state: SenderState, now: number, deaf = false): Words {
  switch (state.kind) {
    case 'sending':
      if (deaf) return deafWords;
      return { tone: 'good', title: 'Sending', detail: '' };
    case 'connecting':
      return state.after
        ? { tone: 'bad', title: troubles[state.after].title, detail: 'Trying now …' }
        : { tone: 'busy', title: 'Connecting …', detail: '' };
    case 'waiting': {
      const seconds = Math.max(1, Math.ceil((state.retryAt - now) / 1000));
      return { tone: 'bad', title: troubles[state.trouble].title, detail: `${troubles[state.trouble].detail} Next try in ${seconds} s.` };
    }
    case 'ended':
      return { tone: 'bad', ...ends[state.why] };
  }
}

/** The tab's title: readable from across the room in a row of tabs. */
export function pageTitle(state: SenderState, camera: string): string {
  if (state.kind === 'sending') return `● Sending · ${camera}`;
  if (state.kind === 'connecting' && !state.after) return `○ Connecting · ${camera}`;
  if (state.kind === 'ended' && state.why === 'stopped') return `${camera} · Vigil`;
  return `⚠ Not sending · ${camera}`;
}

export const LOW_BATTERY = 0.2;

/** "34 %, charging". */
export function batteryWords(battery: Battery | null): string | null {
  return battery && `${Math.round(battery.level * 100)} %${battery.charging ? ', charging' : ', not charging'}`;
}

/** A phone off its charger does not last a night; one that is nearly empty does not last the hour. */
export function batteryHint(level: number | null, charging: boolean | null): { tone: 'bad' | 'quiet'; words: string } | null {
  if (level === null || charging !== false) return null;
  if (level <= LOW_BATTERY) return { tone: 'bad', words: `Battery at ${Math.round(level * 100)} % and not charging. Plug it in now.` };
  return { tone: 'quiet', words: 'Not charging. A camera empties a phone within a few hours.' };
}

export function signalWords(quality: Quality | null): { tone: Tone; words: string } | null {
  if (!quality || (quality.rttMs === null && quality.lossPercent === null)) return null;
  const rtt = quality.rttMs ?? 0;
  const loss = quality.lossPercent ?? 0;
  if (rtt > 400 || loss > 8) return { tone: 'bad', words: 'Weak connection' };
  if (rtt > 150 || loss > 2) return { tone: 'busy', words: 'Fair connection' };
  return { tone: 'good', words: 'Good connection' };
}

export function watcherWords({ count, names }: { count: number; names: readonly string[] }): string {
  if (count === 0) return 'Nobody is watching';
  if (names.length === 0) return count === 1 ? 'Somebody is watching' : `${count} are watching`;
  const known = [...new Set(names)];
  const list = known.length === 1 ? known[0] : `${known.slice(0, -1).join(', ')} and ${known[known.length - 1]}`;
  return `${list} ${known.length === 1 ? 'is' : 'are'} watching`;
}

/** How long, in a running sentence: "12 s", "3 min", "2 h". */
function since(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

/** One line about a room's phone on the parents' side. `now` is the server's time. */
export function phoneWords(room: RoomPhone, now: number): { tone: Tone; words: string } {
  const name = room.deviceName || 'The phone';
  if (room.waiting) return { tone: 'busy', words: `${name} is there, and does not send yet: tap “Start sending” on it` };
  if (!room.online) {
    if (!room.lastSeenAt) return { tone: 'busy', words: 'No phone has been here yet: Settings shows a code for it' };
    return { tone: 'bad', words: `${name} has been gone for ${since(now - Date.parse(room.lastSeenAt))}` };
  }
  if (room.microphone === 'muted') return { tone: 'bad', words: `${name} hears nothing: its microphone is muted, perhaps by a call` };
  if (room.microphone === 'lost') return { tone: 'bad', words: `${name} hears nothing: it has lost its microphone` };
  if (room.microphone === 'none') return { tone: 'bad', words: `${name} has no microphone: nothing is heard` };
  const battery = room.battery === null ? null : batteryWords({ level: room.battery, charging: room.charging === true });
  const said = room.charging === null ? battery?.split(',')[0] : battery;
  const signal = signalWords({ rttMs: room.rttMs, lossPercent: room.lossPercent, bitrate: null });
  const hint = batteryHint(room.battery, room.charging);
  const words = [name, said, signal && signal.tone !== 'good' ? signal.words.toLowerCase() : null].filter(Boolean).join(' · ');
  const tone = hint?.tone === 'bad' || signal?.tone === 'bad' ? 'bad' : hint || signal?.tone === 'busy' ? 'busy' : 'good';
  return { tone, words };
}
