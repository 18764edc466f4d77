/** Waits that double up to a limit, each shortened by up to a fifth so that many pages do not knock together. */
export class Backoff {
  private tries = 0;
  private readonly firstMs: number;
  private readonly maxMs: number;
  private readonly random: () => number;

  constructor(firstMs: number, maxMs: number, random: () => number = Math.random) {
    this.firstMs = firstMs;
    this.maxMs = maxMs;
    this.random = random;
  }

  next(): number {
    const full = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(this.tries, 20));
    this.tries++;
    return full * (1 - 0.2 * this.random());
  }

  reset(): void {
    this.tries = 0;
  }
}
