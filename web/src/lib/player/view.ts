import type { ServerClock } from '../serverClock';
import type { Path } from './paths';
import type { CameraFacts } from './rtcChance';
import type { Freshness } from './staleClock';
import type { WhepFailure } from './whep';

/** What a player reports about its picture. */
export type PlayerView = Freshness & {
  path: Path | null;
  connected: boolean;
  hasAudio: boolean;
  sound: 'off' | 'on' | 'blocked';
  width: number;
  height: number;
  /** The browser cannot play the codec itself and gets single pictures instead. */
  picturesOnly: boolean;
  /** Why it is not WebRTC, when that was tried. */
  passedOver: WhepFailure | null;
};

export type PlayerAddresses = { webrtc: string; live: string; hls: string; mjpeg: string; snapshot: string };

export type PlayerOptions = {
  addresses: PlayerAddresses;
  /** Where the player puts its picture. It owns everything inside. */
  host: HTMLElement;
  clock: ServerClock;
  tile: boolean;
  facts: CameraFacts;
  only?: Path | null;
  onView: (view: PlayerView) => void;
};

/** Two views with the same text look the same: nothing needs drawing again. */
export function visibleDifference(view: PlayerView): string {
  return `${view.phase}|${view.path}|${view.passedOver}|${view.connected}|${view.hasAudio}|${view.sound}|${view.width}|${roundAge(view)}`;
}

/** What a reader can tell apart: tenths while live, seconds when stale. */
function roundAge(view: Freshness): string {
  if (view.phase === 'stale') return `${Math.floor((view.ageMs ?? view.sinceMs ?? 0) / 1000)}s`;
  return view.ageMs === null ? '-' : `${Math.round(view.ageMs / 100)}`;
}

export function codecList(mime: string): string[] {
  const list = /codecs="?([^"]*)"?/.exec(mime)?.[1] ?? '';
  return list
    .split(',')
    .map((codec) => codec.trim())
    .filter(Boolean);
}

/** Of the picture on the screen; before a video has one, what its track says. */
export function sizeOf(element: HTMLElement | undefined, track: { width?: number; height?: number } | undefined) {
  const video = element instanceof HTMLVideoElement && element.videoWidth > 0 ? element : null;
  return { width: video?.videoWidth ?? track?.width ?? 0, height: video?.videoHeight ?? track?.height ?? 0 };
}
