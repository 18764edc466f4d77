/** What two clocks may drift apart between a few exchanges, with what rounding adds. */
const DRIFT_MS = 250;

/** The server's clock as seen from here: the offset of the exchange with the shortest round trip of the last few. */
export class ServerClock {
  private readonly samples: { roundTrip: number; offset: number }[] = [];

  /**
   * `sentAt` and `receivedAt` are local Unix ms; `serverTime` is the server's answer. True when a clock was put forward or back since the
   * last exchange, there or here: what was judged meanwhile was judged by a wrong time.
   */
  exchange(sentAt: number, receivedAt: number, serverTime: number): boolean {
    const roundTrip = receivedAt - sentAt;
    if (!Number.isFinite(serverTime) || roundTrip < 0 || roundTrip > 10_000) return false;
    const offset = serverTime - (sentAt + roundTrip / 2);
    const { best } = this;
    // An offset is wrong by half its round trip at most: two that lie further apart are not of the same clocks.
    const put = best !== null && Math.abs(offset - best.offset) > (roundTrip + best.roundTrip) / 2 + DRIFT_MS;
    if (put) this.samples.length = 0;
    this.samples.push({ roundTrip, offset });
    if (this.samples.length > 8) this.samples.shift();
    return put;
  }

  get offsetMs(): number | null {
    return this.best?.offset ?? null;
  }

  private get best(): { roundTrip: number; offset: number } | null {
    return this.samples.reduce<{ roundTrip: number; offset: number } | null>(
      (best, sample) => (best && best.roundTrip < sample.roundTrip ? best : sample),
      null,
    );
  }

  /** How old something taken at `wallMs` (server clock) is at local time `nowMs`. */
  ageOf(wallMs: number | null, nowMs: number): number | null {
    const offset = this.offsetMs;
    return wallMs === null || offset === null ? null : nowMs + offset - wallMs;
  }
}
