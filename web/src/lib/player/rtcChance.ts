import type { WhepFailure } from './whep';

/** What is known of the camera before anything plays. Null: not yet known. */
export type CameraFacts = { live: boolean; videoCodec: string | null; hasSound: boolean | null; framesPerSecond?: number };

const MINUTE = 60_000;

/** How long each kind of failure keeps WebRTC out: the first time, and at most, since each further one doubles it. */
const OUT: Record<WhepFailure, { first: number; most: number }> = {
  unreachable: { first: MINUTE, most: 10 * MINUTE },
  stopped: { first: 5000, most: 10 * MINUTE },
  notNow: { first: 5000, most: 5000 },
  noCodec: { first: 10 * MINUTE, most: 10 * MINUTE },
  noSound: { first: 10 * MINUTE, most: 10 * MINUTE },
};
/** After this long without a failure the way counts as good again. */
const GOOD_AFTER_MS = MINUTE;

/** Remembers one failed way and when it may be tried again. `now` is monotonic milliseconds. */
export class Patience {
  private until = 0;
  private times = 0;

  failed(why: WhepFailure, now: number): void {
    const { first, most } = OUT[why];
    if (now > this.until + GOOD_AFTER_MS) this.times = 0;
    this.until = now + Math.min(most, first * 2 ** this.times);
    this.times++;
  }

  forget(): void {
    this.until = 0;
    this.times = 0;
  }

  isOver(now: number): boolean {
    return now >= this.until;
  }
}

/** What the network lets through is the same for every camera of the page: one wait of three seconds teaches all of them. */
export const networkPatience = new Patience();

/** Is WebRTC worth trying for this camera now? */
export class RtcChance {
  /** Why it is not in use; null while nothing failed. */
  passedOver: WhepFailure | null = null;
  facts: CameraFacts = { live: false, videoCodec: null, hasSound: null };
  private readonly own = new Patience();
  private readonly sound = new Patience();
  private readonly network: Patience;

  constructor(network: Patience = networkPatience) {
    this.network = network;
  }

  mayTry(now: number, withSound: boolean): boolean {
    const { live, videoCodec } = this.facts;
    return (
      live &&
      (videoCodec === null || videoCodec === 'H.264') &&
      this.network.isOver(now) &&
      this.own.isOver(now) &&
      (!withSound || this.sound.isOver(now))
    );
  }

  failed(why: WhepFailure, now: number): void {
    this.passedOver = why;
    (why === 'unreachable' ? this.network : why === 'noSound' ? this.sound : this.own).failed(why, now);
  }

  /** Another network: what was true of the last one need not be of this. */
  networkChanged(): void {
    this.network.forget();
    this.own.forget();
  }
}
