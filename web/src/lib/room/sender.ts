import { Backoff } from '../backoff';
import { browserTimers, type Timers } from '../timers';

/** Why nothing is being sent just now. Each of them is tried again, for ever. */
export type Trouble = 'noServer' | 'anotherDevice' | 'refused' | 'paused' | 'connection' | 'cameraTaken' | 'noCamera' | 'noCodec';
/** Why it will not be tried again by itself. */
export type End = 'stopped' | 'revoked' | 'elsewhere' | 'notAllowed';

export type SenderState =
  | { kind: 'connecting'; after: Trouble | null }
  | { kind: 'sending' }
  | { kind: 'waiting'; trouble: Trouble; retryAt: number }
  | { kind: 'ended'; why: End };

/** One published session. */
export type Link = { isWell: () => boolean; close: () => void };
/** Resolves when media flows; `lost` may be called at any time after. `again`: nobody asked for it, it comes back by itself. */
export type OpenLink = (lost: (trouble: Trouble) => void, signal: AbortSignal, again: boolean) => Promise<Link>;

/** Thrown by whoever opens a link. */
export class LinkFailure extends Error {
  readonly trouble: Trouble | null;
  readonly end: End | null;
  /** The server's own sentence, where a person waits for one. */
  readonly words: string | null;

  constructor(why: { trouble: Trouble } | { end: End }, words?: string) {
    super('trouble' in why ? why.trouble : why.end);
    this.words = words ?? null;
    this.trouble = 'trouble' in why ? why.trouble : null;
    this.end = 'end' in why ? why.end : null;
  }
}

export const FIRST_WAIT_MS = 1000;
export const LONGEST_WAIT_MS = 30_000;
/** An attempt that has not brought media by then is given up. */
export const ATTEMPT_MS = 15_000;
/** Only a link that held this long makes the next wait short again: two phones in one room must not chase each other every second. */
export const STEADY_MS = 20_000;

/** Sends for ever: 1, 2, 4 … 30 s between attempts, at once when something says that it may work now. */
export class Sender {
  private readonly open: OpenLink;
  private readonly changed: (state: SenderState) => void;
  private readonly timers: Timers;
  private readonly backoff: Backoff;
  private current: SenderState = { kind: 'ended', why: 'stopped' };
  private attempt = 0;
  private abort: AbortController | null = null;
  private link: Link | null = null;
  private timer: number | null = null;

  constructor(open: OpenLink, changed: (state: SenderState) => void, timers: Timers = browserTimers, random: () => number = Math.random) {
    this.open = open;
    this.changed = changed;
    this.timers = timers;
    this.backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS, random);
  }

  get state(): SenderState {
    return this.current;
  }

  start(): void {
    if (this.current.kind !== 'ended') return;
    this.backoff.reset();
    this.begin(null);
  }

  stop(): void {
    this.end('stopped');
  }

  end(why: End): void {
    this.leave();
    this.enter({ kind: 'ended', why });
  }

  /** Network, page or server are back. A link that is well is left alone. */
  nudge(): void {
    if (this.current.kind === 'waiting') {
      this.backoff.reset();
      this.begin(this.current.trouble);
    } else if (this.current.kind === 'sending' && this.link?.isWell() === false) {
      this.begin('connection');
    }
  }

  /** The lens or the microphone was changed: once more from the start, at once. */
  restart(): void {
    if (this.current.kind !== 'ended') this.begin(null);
  }

  private begin(after: Trouble | null): void {
    this.leave();
    const mine = this.attempt;
    const abort = new AbortController();
    this.abort = abort;
    this.enter({ kind: 'connecting', after });
    this.timer = this.timers.set(() => this.fail(mine, { trouble: 'connection' }), ATTEMPT_MS);
    this.open((trouble) => this.fail(mine, { trouble }), abort.signal, after !== null).then(
      (link) => this.opened(mine, link),
      (error: unknown) => this.fail(mine, error instanceof LinkFailure ? error : { trouble: 'connection' }),
    );
  }

  private opened(mine: number, link: Link): void {
    if (mine !== this.attempt) {
      link.close();
      return;
    }
    this.clearTimer();
    this.link = link;
    this.timer = this.timers.set(() => {
      this.timer = null;
      this.backoff.reset();
    }, STEADY_MS);
    this.enter({ kind: 'sending' });
  }

  private fail(mine: number, why: { trouble?: Trouble | null; end?: End | null }): void {
    if (mine !== this.attempt) return;
    if (why.end) {
      this.end(why.end);
      return;
    }
    this.leave();
    const trouble = why.trouble ?? 'connection';
    const wait = this.backoff.next();
    this.timer = this.timers.set(() => this.begin(trouble), wait);
    this.enter({ kind: 'waiting', trouble, retryAt: this.timers.now() + wait });
  }

  /** Whatever was under way is over; its late answers count for nothing. */
  private leave(): void {
    this.attempt++;
    this.clearTimer();
    this.abort?.abort();
    this.abort = null;
    this.link?.close();
    this.link = null;
  }

  private clearTimer(): void {
    if (this.timer !== null) this.timers.clear(this.timer);
    this.timer = null;
  }

  private enter(state: SenderState): void {
    this.current = state;
    this.changed(state);
  }
}
