/** The server's clock as seen from here: the offset of the exchange with the shortest round trip of the last few. */
export class ServerClock {
  private readonly samples: { roundTrip: number; offset: number }[] = [];

  /** `sentAt` and `receivedAt` are local Unix ms; `serverTime` is the server's answer. */
  exchange(sentAt: number, receivedAt: number, serverTime: number): void {
    const roundTrip = receivedAt - sentAt;
    if (!Number.isFinite(serverTime) || roundTrip < 0 || roundTrip > 10_000) return;
    this.samples.push({ roundTrip, offset: serverTime - (sentAt + roundTrip / 2) });
    if (this.samples.length > 8) this.samples.shift();
  }

  get offsetMs(): number | null {
    let best: { roundTrip: number; offset: number } | null = null;
    for (const sample of this.samples) if (!best || sample.roundTrip <= best.roundTrip) best = sample;
    return best ? best.offset : null;
  }

  /** How old something taken at `wallMs` (server clock) is at local time `nowMs`. */
  ageOf(wallMs: number | null, nowMs: number): number | null {
    const offset = this.offsetMs;
    return wallMs === null || offset === null ? null : nowMs + offset - wallMs;
  }
}
