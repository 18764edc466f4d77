import type { CameraEvent, CameraStatus, Failure, Me, Place, ServerRole, StreamFacts } from '../api/types';
import { length } from './time';

/** What went wrong with a camera, said to the person who has to mend it. */
export const failureWords: Record<Failure, { title: string; advice: string }> = {
  none: { title: 'No picture yet', advice: 'Vigil is waiting for the camera.' },
  noAnswer: { title: 'The camera does not answer', advice: 'Is it switched on and on the same network? Check address and port.' },
  nameNotFound: { title: 'That name was not found', advice: 'Check the spelling, or use the camera’s IP address.' },
  addressDenied: { title: 'Vigil does not open that address', advice: 'Use the address of a camera in your own network.' },
  wrongPassword: {
    title: 'User name or password is wrong',
    advice: 'Many cameras want a separate “RTSP” or “ONVIF” user; check its settings.',
  },
  noSuchStream: {
    title: 'The camera has no such stream',
    advice: 'The part after the address is wrong for this model. Try “Make and model”.',
  },
  notACamera: {
    title: 'Something answers there, but it is not a camera',
    advice: 'That looks like a web page. Use the RTSP address instead.',
  },
  unsupportedCodec: { title: 'The camera’s video format is not supported', advice: 'Set the camera to H.264 in its own settings.' },
  protocolError: {
    title: 'The camera’s answers make no sense',
    advice: 'Restart it. If it stays so, choose another way of reading it in its settings.',
  },
  stalled: { title: 'The camera stopped sending', advice: 'Vigil keeps trying. Check its power and its Wi-Fi.' },
  ingestCrashed: { title: 'Reading the camera failed', advice: 'Vigil is starting it again.' },
  notPublishing: { title: 'Its phone is not connected', advice: 'Open Vigil on the phone or start the encoder that sends this camera.' },
};

export function statusWords(status: CameraStatus): string {
  if (status.state === 'paused') return 'Paused';
  if (status.state === 'live') return 'Live';
  if (status.state === 'connecting') return 'Connecting …';
  return status.failure === 'none' ? 'Offline' : (failureWords[status.failure]?.title ?? 'Offline');
}

const eventTitles: Record<string, string> = {
  cry: 'Crying',
  motion: 'Motion',
  cameraOffline: 'Camera offline',
  cameraOnline: 'Camera back',
  notListening: 'Not listening',
  notRecording: 'Not recording',
  serverTrouble: 'Trouble in the server',
  devicePaired: 'A device was paired',
  mayBeIll: 'May be ill: check, call your doctor',
  roomTooHot: 'Room too hot',
  roomTooCold: 'Room too cold',
  roomTooHumid: 'Room too humid',
};

export function eventTitle(event: { kind: string; level: CameraEvent['level'] }): string {
  if (event.kind === 'sound') return event.level === 'red' ? 'Loud noise' : 'Noise';
  return eventTitles[event.kind] ?? spaced(event.kind);
}

/** A kind this page does not know yet is still said readably: "doorOpened" → "Door opened". */
function spaced(kind: string): string {
  const words = kind
    .replace(/([A-Z])/g, ' $1')
    .replace(/_/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "3 min so far" while it grows, "3 min" when it is over. */
export function cryLength(event: Pick<CameraEvent, 'startedAt' | 'endedAt'>, now: number): string {
  const seconds = ((event.endedAt ? Date.parse(event.endedAt) : now) - Date.parse(event.startedAt)) / 1000;
  return event.endedAt ? length(Math.max(1, seconds)) : `for ${length(Math.max(1, seconds))}`;
}

export function eventLength(event: Pick<CameraEvent, 'startedAt' | 'endedAt'>): string | null {
  if (!event.endedAt) return null;
  const seconds = (Date.parse(event.endedAt) - Date.parse(event.startedAt)) / 1000;
  return seconds >= 1 ? length(seconds) : null;
}

export function videoWords(video: StreamFacts): string {
  const parts = [video.codec];
  if (video.width > 0) parts.push(`${video.width} × ${video.height}`);
  if (video.framesPerSecond > 0) parts.push(pace(video.framesPerSecond));
  if (video.keyFrameIntervalSeconds > 0) parts.push(`key picture every ${Number(video.keyFrameIntervalSeconds.toFixed(1))} s`);
  return parts.join(', ');
}

function pace(framesPerSecond: number): string {
  const rounded = framesPerSecond < 2 ? Number(framesPerSecond.toFixed(1)) : Math.round(framesPerSecond);
  return rounded === 1 ? '1 picture a second' : `${rounded} pictures a second`;
}

export function audioWords(audio: StreamFacts | null): string {
  if (!audio) return 'No sound: noise cannot be noticed on this camera';
  return `${audio.codec}${audio.clockRate > 0 ? `, ${audio.clockRate / 1000} kHz` : ''}`;
}

/** A guest looks at what is shared; a visitor of the server adds no cameras, not even at home. */
export function mayAddCameras(me: Me | undefined): boolean {
  return me !== undefined && me.household.place !== 'guest' && me.account.role !== 'visitor';
}

export const placeWords: Record<Place, string> = { owner: 'Owner', parent: 'Parent', guest: 'Guest' };
export const roleWords: Record<ServerRole, string> = {
  superadmin: 'Chief administrator',
  admin: 'Administrator',
  dev: 'May add cameras',
  visitor: 'May look',
};
