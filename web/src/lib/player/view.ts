import type { ServerClock } from '../serverClock';
import type { Path } from './paths';
import type { Freshness } from './staleClock';

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
};

export type PlayerAddresses = { live: string; hls: string; mjpeg: string; snapshot: string };

export type PlayerOptions = {
  addresses: PlayerAddresses;
  /** Where the player puts its picture. It owns everything inside. */
  host: HTMLElement;
  clock: ServerClock;
  tile: boolean;
  only?: Path | null;
  onView: (view: PlayerView) => void;
};

/** Two views with the same text look the same: nothing needs drawing again. */
export function visibleDifference(view: PlayerView): string {
  return `${view.phase}|${view.path}|${view.connected}|${view.hasAudio}|${view.sound}|${view.width}|${roundAge(view)}`;
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
