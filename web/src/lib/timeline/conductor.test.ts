import { beforeEach, describe, expect, it } from 'vitest';
import { Conductor, type ConductorView, type Deck, type DeckState } from './conductor';
import { footageAt } from './footage';
import type { Span } from './zoneDay';

/** A picture that is there at once, unless it is told to be slow, and moves when time is passed to it. */
class Screen implements Deck {
  state: DeckState = 'empty';
  at: number | null = null;
  rate = 0;
  jumps: number[] = [];
  readonly ranges: Span[];
  constructor(...ranges: [number, number][]) {
    this.ranges = ranges.map(([from, to]) => ({ from, to }));
  }
  seek(at: number): void {
    this.jumps.push(at);
    this.at = footageAt(this.ranges, at) ? at : null;
    this.state = this.at === null ? 'empty' : 'ready';
  }
  run(rate: number): void {
    this.rate = rate;
  }
  halt(): void {
    this.rate = 0;
  }
  pass(ms: number): void {
    if (this.state === 'ready' && this.at !== null) this.at += ms * this.rate;
  }
}

let seen: ConductorView;
let now: number;
beforeEach(() => {
  now = 0;
});

function conduct(at: number, ...screens: Screen[]) {
  const conductor = new Conductor(at, (view) => {
    seen = view;
  });
  conductor.use(screens);
  conductor.seek(at);
  const go = (ms: number, step = 100) => {
    for (let passed = 0; passed < ms; passed += step) {
      for (const screen of screens) screen.pass(step);
      now += step;
      conductor.tick(now);
    }
  };
  return { conductor, go };
}

describe('one instant for all cameras', () => {
  it('moves with the picture, as fast as was asked', () => {
    const { conductor, go } = conduct(1000, new Screen([0, 1_000_000]));
    conductor.setRate(8);
    conductor.play();
    go(2000);
    expect(seen.at).toBeGreaterThan(1000 + 8 * 1800);
    expect(seen.at).toBeLessThanOrEqual(1000 + 8 * 2000);
  });

  it('jumps over a gap and says which', () => {
    const { conductor, go } = conduct(900, new Screen([0, 1000], [60_000, 90_000]));
    conductor.play();
    go(600);
    expect(seen.skipped?.to).toBe(60_000);
    expect(seen.at).toBeGreaterThanOrEqual(60_000);
    expect(seen.playing).toBe(true);
  });

  it('stops where there is nothing more, and can go on when there is', () => {
    const screen = new Screen([0, 1000]);
    const { conductor, go } = conduct(800, screen);
    conductor.play();
    go(1000);
    expect([seen.playing, seen.atEnd]).toEqual([false, true]);
    screen.ranges[0] = { from: 0, to: 50_000 };
    conductor.play();
    go(1000);
    expect([seen.playing, seen.atEnd]).toEqual([true, false]);
  });

  it('waits for the camera that is still loading, so that all show the same instant', () => {
    const [crib, hall] = [new Screen([0, 100_000]), new Screen([0, 100_000])];
    const { conductor, go } = conduct(1000, crib, hall);
    hall.state = 'loading';
    conductor.play();
    go(1000);
    expect([seen.waiting, crib.rate, seen.at]).toEqual([true, 0, 1000]);
    hall.state = 'ready';
    go(1000);
    expect(seen.waiting).toBe(false);
    expect(Math.abs((crib.at ?? 0) - (hall.at ?? 0))).toBeLessThan(200);
  });

  it('leaves a camera behind that does not come, and fetches it when it does', () => {
    const [crib, hall] = [new Screen([0, 100_000]), new Screen([0, 100_000])];
    const { conductor, go } = conduct(0, crib, hall);
    hall.state = 'loading';
    conductor.play();
    go(8000);
    expect(seen.at).toBeGreaterThan(2000);
    hall.state = 'ready';
    go(300);
    expect(hall.jumps.at(-1)).toBeGreaterThan(2000);
  });

  it('brings in a camera whose footage begins later', () => {
    const [crib, hall] = [new Screen([0, 100_000]), new Screen([3000, 100_000])];
    const { conductor, go } = conduct(2500, crib, hall);
    conductor.play();
    go(1500);
    expect(hall.state).toBe('ready');
    expect(Math.abs((crib.at ?? 0) - (hall.at ?? 0))).toBeLessThan(300);
  });

  it('hurries a camera that lags a little, and slows one that is ahead', () => {
    const [crib, hall] = [new Screen([0, 100_000]), new Screen([0, 100_000])];
    const { conductor, go } = conduct(0, crib, hall);
    conductor.play();
    go(100);
    hall.at = (hall.at ?? 0) - 200;
    go(100);
    expect(hall.rate).toBeGreaterThan(1);
    go(6000);
    expect(Math.abs((crib.at ?? 0) - (hall.at ?? 0))).toBeLessThan(100);
    expect(hall.jumps).toHaveLength(1);
  });

  it('stops when nothing can be played', () => {
    const crib = new Screen([0, 100_000]);
    const { conductor, go } = conduct(0, crib);
    conductor.play();
    crib.state = 'failed';
    go(300);
    expect(seen.playing).toBe(false);
  });
});
