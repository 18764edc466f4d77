export type Freshness = {
  /** none: no picture yet; live: fresh; stale: what is on the screen is old and must look old. */
  phase: 'none' | 'live' | 'stale';
  /** How old the picture on the screen was when it appeared (live) or is by now (stale). Null when the clocks are not known. */
  ageMs: number | null;
  /** Since the last new picture, by this page's own monotonic clock. */
  sinceMs: number | null;
};

/** Without a new picture for this long the picture counts as stale: the promise is "within three seconds". */
export const STALE_AFTER_MS = 2000;
/** A picture may also arrive on time but have been taken long ago. */
export const TOO_OLD_MS = 3000;

/**
 * Decides whether a picture is live by what was really shown, never by what a server says. `now` is monotonic milliseconds;
 * wall times are the server's clock.
 */
export class StaleClock {
  private shownAt: number | null = null;
  private ageAtShow: number | null = null;
  private slowFrameMs = 0;

  /** `framesPerSecond` as announced: a camera of one picture in four seconds is slow, not stale. */
  expect(framesPerSecond: number | undefined): void {
    this.slowFrameMs = framesPerSecond && framesPerSecond > 0 ? Math.min(2.5 * (1000 / framesPerSecond), 15_000) : 0;
  }

  shown(now: number, ageMs: number | null): void {
    this.shownAt = now;
    this.ageAtShow = ageMs === null ? null : Math.max(0, ageMs);
  }

  /** A hidden page shows nothing by design; when it returns the clock starts afresh. */
  pardon(now: number): void {
    if (this.shownAt !== null) this.shownAt = now;
  }

  read(now: number): Freshness {
    if (this.shownAt === null) return { phase: 'none', ageMs: null, sinceMs: null };
    const sinceMs = Math.max(0, now - this.shownAt);
    const limit = Math.max(STALE_AFTER_MS, this.slowFrameMs);
    const stale = sinceMs > limit || (this.ageAtShow !== null && this.ageAtShow > TOO_OLD_MS + this.slowFrameMs);
    const ageMs = this.ageAtShow === null ? null : stale ? this.ageAtShow + sinceMs : this.ageAtShow;
    return { phase: stale ? 'stale' : 'live', ageMs, sinceMs };
  }
}
