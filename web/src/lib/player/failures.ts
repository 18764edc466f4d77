import type { Path } from './paths';

/** This many failures of one way within a minute, and the next way is tried. */
const ALLOWED = 3;
const WITHIN_MS = 60_000;

/** Which ways over the socket or HTTP failed too often. `now` is monotonic milliseconds. */
export class Failures {
  private readonly list: { path: Path; at: number }[] = [];

  add(path: Path, now = performance.now()): void {
    this.list.push({ path, at: now });
    if (this.list.length > 100) this.list.splice(0, 50);
  }

  tooMany(path: Path, now = performance.now()): boolean {
    return this.list.filter((failure) => failure.path === path && failure.at > now - WITHIN_MS).length >= ALLOWED;
  }
}
