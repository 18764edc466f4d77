import { describe, expect, it } from 'vitest';
import { hush } from './hush';
import { Vigilance } from './vigilance';

describe('the watch over a room’s sound', () => {
  it('is patient for five seconds, then says it at once', () => {
    const watch = new Vigilance(0);
    expect(watch.look(5000)).toEqual({ hearing: 'starting', word: null });
    watch.heard(5000);
    expect(watch.look(10_000)).toEqual({ hearing: 'hearing', word: null });
    expect(watch.look(10_001)).toEqual({ hearing: 'lost', word: 'lost' });
  });

  it('says it again sparingly', () => {
    const watch = new Vigilance(0);
    const said: number[] = [];
    for (let second = 0; second <= 600; second++) if (watch.look(second * 1000).word) said.push(second);
    expect(said).toEqual([6, 26, 86, 206, 326, 446, 566]);
  });

  it('ticks once when the room is back, and not when nothing was said', () => {
    const watch = new Vigilance(0);
    expect(watch.heard(100)).toBeNull();
    watch.look(6000);
    expect(watch.heard(7000)).toBe('back');
    expect(watch.heard(7100)).toBeNull();
    expect(watch.look(7200).hearing).toBe('hearing');
  });

  it('that a sleeping phone held up says what it has to as soon as it wakes', () => {
    const watch = new Vigilance(0);
    watch.heard(0);
    expect(watch.look(3_600_000)).toEqual({ hearing: 'lost', word: 'lost' });
    expect(watch.silentFor(3_600_000)).toBe(3_600_000);
  });
});

describe('what keeps a phone awake', () => {
  it('is a WAV file of ten seconds that is almost silent, but not quite', () => {
    const bytes = new DataView(hush(() => 1));
    expect(bytes.byteLength).toBe(44 + 2 * 80_000);
    expect(bytes.getUint32(24, true)).toBe(8000);
    expect(bytes.getInt16(44, true)).toBe(26);
  });
});
