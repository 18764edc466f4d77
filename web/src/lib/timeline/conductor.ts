import { footageAt, nextFootage } from './footage';
import type { Span } from './zoneDay';

export type DeckState = 'empty' | 'loading' | 'ready' | 'failed';

/** One camera's picture of the past. */
export type Deck = {
  readonly ranges: readonly Span[];
  readonly state: DeckState;
  /** The instant its picture is of; null while there is none. */
  readonly at: number | null;
  seek: (at: number) => void;
  run: (rate: number) => void;
  halt: () => void;
};

export type ConductorView = {
  at: number;
  playing: boolean;
  /** It should play, and waits for a picture. */
  waiting: boolean;
  rate: number;
  /** The gap that was just jumped over. */
  skipped: Span | null;
  /** There is no footage after this instant (yet). */
  atEnd: boolean;
};

/** A camera that is not there after this long is left behind and catches up when it can. */
const PATIENCE_MS = 5000;
/** Further apart than this, in time of the footage at normal speed, and a camera is put where the others are. */
const APART_MS = 400;

/**
 * One instant for all cameras that are looked at. The first of them whose picture moves gives the beat; the others follow, a little faster or
 * slower, and jump when they are far off. Where no camera has footage, the instant jumps to where one has.
 */
export class Conductor {
  private decks: readonly Deck[] = [];
  private view: ConductorView;
  private last: number | null = null;
  private waitingSince: number | null = null;
  private readonly told: (view: ConductorView) => void;

  constructor(at: number, told: (view: ConductorView) => void) {
    this.told = told;
    this.view = { at, playing: false, waiting: false, rate: 1, skipped: null, atEnd: false };
  }

  get at(): number {
    return this.view.at;
  }

  use(decks: readonly Deck[]): void {
    this.decks = decks;
  }

  seek(at: number): void {
    this.waitingSince = null;
    this.tell({ at, skipped: null, atEnd: false });
    for (const deck of this.decks) deck.seek(at);
  }

  play(): void {
    this.last = null;
    this.tell({ playing: true, atEnd: false });
  }

  pause(): void {
    for (const deck of this.decks) deck.halt();
    this.waitingSince = null;
    this.tell({ playing: false, waiting: false });
  }

  setRate(rate: number): void {
    this.tell({ rate });
  }

  /** `now` is a clock that only goes forward, in ms. Called often while the page is open. */
  tick(now: number): void {
    const passed = this.last === null ? 0 : Math.min(1000, Math.max(0, now - this.last));
    this.last = now;
    const here = this.decks.filter((deck) => footageAt(deck.ranges, this.view.at));
    const loading = here.filter((deck) => deck.state === 'loading');
    if (!this.view.playing) {
      this.tell({ waiting: loading.length > 0 });
      return;
    }
    if (here.length === 0) {
      this.overTheGap();
      return;
    }
    if (here.every((deck) => deck.state === 'failed')) {
      this.pause();
      return;
    }
    if (loading.length > 0) {
      this.waitingSince ??= now;
      if (now - this.waitingSince < PATIENCE_MS) {
        // Those that could go on wait, so that nobody has to be fetched back.
        for (const deck of here) if (deck.state === 'ready') deck.halt();
        for (const deck of loading) deck.run(this.view.rate);
        this.tell({ waiting: true });
        return;
      }
    } else {
      this.waitingSince = null;
    }
    this.beat(here, passed);
  }

  private beat(here: readonly Deck[], passed: number): void {
    const { rate } = this.view;
    const lead = here.find((deck) => deck.state === 'ready' && deck.at !== null);
    const led = lead?.at ?? null;
    // A picture lags a little behind a jump; the instant never goes back because of it.
    const at = led === null ? this.view.at + passed * rate : Math.max(led, this.view.at - APART_MS * rate);
    for (const deck of here) {
      if (deck === lead) deck.run(rate);
      else if (deck.state === 'empty') deck.seek(at);
      else if (deck.state === 'ready' && deck.at !== null) follow(deck, at, rate);
    }
    this.tell({ at, waiting: led === null && here.every((deck) => deck.state === 'loading') });
  }

  private overTheGap(): void {
    const { at } = this.view;
    let next: number | undefined;
    for (const deck of this.decks) {
      const range = nextFootage(deck.ranges, at);
      if (range && (next === undefined || range.from < next)) next = range.from;
    }
    if (next === undefined) {
      this.pause();
      this.tell({ atEnd: true });
      return;
    }
    this.seek(next);
    this.tell({ skipped: { from: at, to: next } });
  }

  private tell(change: Partial<ConductorView>): void {
    const next = { ...this.view, ...change };
    const same = (Object.keys(next) as (keyof ConductorView)[]).every((key) => next[key] === this.view[key]);
    this.view = next;
    if (!same) this.told(next);
  }
}

function follow(deck: Deck, at: number, rate: number): void {
  const ahead = (deck.at ?? at) - at;
  if (Math.abs(ahead) > APART_MS * Math.max(1, rate)) deck.seek(at);
  // Chromium takes rates from 1/16 to 16; at the upper end one cannot hurry.
  else deck.run(Math.abs(ahead) < 60 * Math.max(1, rate) ? rate : Math.min(16, rate * (ahead > 0 ? 0.93 : 1.07)));
}
