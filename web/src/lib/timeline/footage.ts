import type { Span } from './zoneDay';

/** What there is of a camera: ranges in the order of time, and the gaps between them with their causes. */
export type Gap = Span & { reason: string };
export type Footage = { ranges: readonly Span[]; gaps: readonly Gap[] };

/** Pieces of this length are asked for: short enough that their tables come at once, long enough that changing is rare. */
export const PIECE_MS = 5 * 60_000;

/** The range that has `at`, or else the first one after it. */
export function nextFootage(ranges: readonly Span[], at: number): Span | undefined {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as Span).to > at) high = middle;
    else low = middle + 1;
  }
  return ranges[low];
}

export function footageAt(ranges: readonly Span[], at: number): Span | undefined {
  const found = nextFootage(ranges, at);
  return found && found.from <= at ? found : undefined;
}

/** What a player asks for at an instant. A rest that is too short for a piece of its own belongs to the one before it. */
export function pieceAt(ranges: readonly Span[], at: number, longest = PIECE_MS): Span | undefined {
  const range = footageAt(ranges, at);
  if (!range) return undefined;
  return { from: at, to: range.to - at < longest * 1.2 ? range.to : at + longest };
}

export function gapAt(gaps: readonly Gap[], at: number): Gap | undefined {
  return gaps.find((gap) => gap.from <= at && at < gap.to);
}

const reasons: Record<string, string> = {
  notRecorded: 'nothing was to be recorded',
  cameraGone: 'the camera did not answer',
  paused: 'paused for privacy',
  diskFull: 'the disk was full',
  diskFailed: 'the disk failed',
  tooSlow: 'the disk was too slow',
  restart: 'Vigil was restarted',
  interrupted: 'Vigil or its machine stopped suddenly',
  deleted: 'it was deleted',
};

export function gapWords(reason: string): string {
  return reasons[reason] ?? 'there is nothing';
}

/** Nobody's fault is drawn quietly; what should have been recorded and was not, loudly. */
export function isTrouble(reason: string): boolean {
  return reason !== 'notRecorded' && reason !== 'deleted' && reason !== 'paused';
}

type Started = { startedAt: string };

/** Seeking lands some seconds before an event, so that one sees how it began. */
export const LEAD_MS = 3000;

/** The first event that begins after `at`. */
export function nextEvent<E extends Started>(events: readonly E[], at: number): E | undefined {
  let best: E | undefined;
  for (const event of events) {
    const begins = Date.parse(event.startedAt) - LEAD_MS;
    if (begins > at + 500 && (!best || begins < Date.parse(best.startedAt) - LEAD_MS)) best = event;
  }
  return best;
}

/** The last event that began before `at`; within two seconds of its begin the one before it, so that pressing again goes on. */
export function previousEvent<E extends Started>(events: readonly E[], at: number): E | undefined {
  let best: E | undefined;
  for (const event of events) {
    const begins = Date.parse(event.startedAt) - LEAD_MS;
    if (begins < at - 2000 && (!best || begins > Date.parse(best.startedAt) - LEAD_MS)) best = event;
  }
  return best;
}

/** Ids of events begin with the time of their beginning, so the smallest id of a moment asks for all that began before it. */
export function eventsBefore(at: number): string {
  const hex = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** How much of a part there is. */
export function presentIn(ranges: readonly Span[], part: Span): number {
  return ranges.reduce((sum, range) => sum + Math.max(0, Math.min(range.to, part.to) - Math.max(range.from, part.from)), 0);
}
