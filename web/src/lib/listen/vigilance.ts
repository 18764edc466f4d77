/** Without sound for this long the listener is told. */
export const LOST_AFTER_MS = 5000;
/** Told again this long after the first time, and then every last of these: often enough to wake, not so often that it is switched off. */
const AGAIN_MS = [20_000, 60_000, 120_000] as const;

export type Hearing = 'starting' | 'hearing' | 'lost';
export type Word = 'lost' | 'back';

/**
 * Decides whether the room is heard, by what really arrived, and when that has to be said. Pure: `now` is monotonic milliseconds and
 * comes late when a phone sleeps; it then says at once what it would have said before.
 */
export class Vigilance {
  private lastHeard: number | null = null;
  private beganAt: number;
  private lostSaid = 0;
  private nextWordAt = 0;

  constructor(now: number) {
    this.beganAt = now;
  }

  /** Since when nothing was heard. */
  silentFor(now: number): number {
    return Math.max(0, now - (this.lastHeard ?? this.beganAt));
  }

  /** Something of the room was heard just now. */
  heard(now: number): Word | null {
    this.lastHeard = now;
    if (this.lostSaid === 0) return null;
    this.lostSaid = 0;
    return 'back';
  }

  look(now: number): { hearing: Hearing; word: Word | null } {
    if (this.silentFor(now) <= LOST_AFTER_MS) return { hearing: this.lastHeard === null ? 'starting' : 'hearing', word: null };
    if (this.lostSaid > 0 && now < this.nextWordAt) return { hearing: 'lost', word: null };
    this.nextWordAt = now + (AGAIN_MS[Math.min(this.lostSaid, AGAIN_MS.length - 1)] ?? 0);
    this.lostSaid++;
    return { hearing: 'lost', word: 'lost' };
  }
}
