import { clock } from '../../lib/time';
import { type Footage, footageAt, gapAt, gapWords } from '../../lib/timeline/footage';
import type { Span } from '../../lib/timeline/zoneDay';

export const clockOf = (at: number, zone: string) => clock(new Date(at).toISOString(), zone);

/** "Saturday, 21 November". */
export function dayWords(day: string, short = false): string {
  const options: Intl.DateTimeFormatOptions = short
    ? { weekday: 'short', day: 'numeric', month: 'short' }
    : { weekday: 'long', day: 'numeric', month: 'long' };
  return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
}

/** What is at an instant: "recorded", or what is missing and why. */
export function hereWords(footage: Footage | undefined, at: number, now: number): string {
  if (!footage) return '';
  if (footageAt(footage.ranges, at)) return 'recorded';
  if (at > now - 5000) return 'not yet';
  const gap = gapAt(footage.gaps, at);
  return `not recorded: ${gap ? gapWords(gap.reason) : 'there is nothing'}`;
}

export function spanWords({ from, to }: Span, zone: string): string {
  return `${clockOf(from, zone)} – ${clockOf(to, zone)}`;
}

export function lengthWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes > 0) return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
  return `${rest} s`;
}
