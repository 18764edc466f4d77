import { describe, expect, it } from 'vitest';
import { CLOSEST, closer, keyed, type Look, moved, type Point, pinched, tapped, WHOLE } from './look';

/** Where a place of the picture (0 to 1) is seen in the frame. */
const seen = (look: Look, place: Point): Point => ({ x: look.x + place.x * look.scale, y: look.y + place.y * look.scale });

describe('Looking closer', () => {
  it('keeps what is under the finger under the finger', () => {
    const at = { x: 0.7, y: 0.4 };
    const near = closer(closer(WHOLE, 2, at), 1.5, at);
    expect(near.scale).toBeCloseTo(3);
    expect(seen(near, at).x).toBeCloseTo(0.7);
    expect(seen(near, at).y).toBeCloseTo(0.4);
  });

  it('shows nothing beside the picture, wherever it is moved', () => {
    const near = closer(WHOLE, 3, { x: 0.5, y: 0.5 });
    for (const by of [
      { x: 9, y: 9 },
      { x: -9, y: -9 },
    ]) {
      const there = moved(near, by);
      expect(seen(there, { x: 0, y: 0 }).x).toBeLessThanOrEqual(0);
      expect(seen(there, { x: 1, y: 1 }).x).toBeGreaterThanOrEqual(1);
      expect(seen(there, { x: 1, y: 1 }).y).toBeGreaterThanOrEqual(1);
    }
  });

  it('ends at eight times, and a little out is the whole again', () => {
    expect(closer(WHOLE, 100, { x: 0, y: 0 }).scale).toBe(CLOSEST);
    expect(closer(closer(WHOLE, 2, { x: 0.2, y: 0.2 }), 0.1, { x: 0.9, y: 0.9 })).toEqual(WHOLE);
    expect(closer(WHOLE, 1.01, { x: 0.5, y: 0.5 })).toEqual(WHOLE);
  });

  it('follows two fingers that spread and move', () => {
    const before: [Point, Point] = [
      { x: 0.4, y: 0.5 },
      { x: 0.6, y: 0.5 },
    ];
    const after: [Point, Point] = [
      { x: 0.3, y: 0.5 },
      { x: 0.7, y: 0.5 },
    ];
    const near = pinched(WHOLE, before, after);
    expect(near.scale).toBeCloseTo(2);
    expect(seen(near, { x: 0.4, y: 0.5 }).x).toBeCloseTo(0.3);
    expect(seen(near, { x: 0.6, y: 0.5 }).x).toBeCloseTo(0.7);
  });

  it('goes in by a double tap and out by the next', () => {
    const near = tapped(WHOLE, { x: 1, y: 1 });
    expect(seen(near, { x: 1, y: 1 })).toEqual({ x: 1, y: 1 });
    expect(tapped(near, { x: 0.5, y: 0.5 })).toEqual(WHOLE);
  });

  it('leaves keys to the page that mean nothing to a whole picture', () => {
    expect(keyed(WHOLE, 'ArrowDown')).toBeNull();
    expect(keyed(WHOLE, 'a')).toBeNull();
    const near = keyed(WHOLE, '+') as Look;
    expect(near.scale).toBe(1.5);
    expect(keyed(near, 'ArrowRight')?.x).toBeLessThan(near.x);
    expect(keyed(near, '-')).toEqual(WHOLE);
    expect(keyed(near, '0')).toEqual(WHOLE);
  });
});
