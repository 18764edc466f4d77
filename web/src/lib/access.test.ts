import { describe, expect, it } from 'vitest';
import { presets, windowWords } from './access';

const zone = 'Europe/Berlin';
const at = (iso: string) => Date.parse(iso);

describe('presets', () => {
  it('are meant in the household’s zone', () => {
    const [evening] = presets(at('2026-03-10T16:00:00Z'), zone);
    expect(evening).toMatchObject({
      title: 'This evening',
      window: { windowStart: '18:00', windowEnd: '23:00', firstDay: '2026-03-10', lastDay: '2026-03-10' },
    });
  });

  it('move to tomorrow when the evening is over', () => {
    expect(presets(at('2026-03-10T22:30:00Z'), zone)[0]).toMatchObject({ title: 'Tomorrow evening', window: { firstDay: '2026-03-11' } });
  });

  it('count a night by the day it began on', () => {
    expect(presets(at('2026-03-10T21:00:00Z'), zone)[1]?.window).toMatchObject({ firstDay: '2026-03-10', lastDay: '2026-03-10' });
    expect(presets(at('2026-03-11T02:00:00Z'), zone)[1]?.window).toMatchObject({ firstDay: '2026-03-10', lastDay: '2026-03-10' });
  });
});

describe('the words of a window', () => {
  const now = at('2026-03-10T16:00:00Z');
  const none = { windowStart: null, windowEnd: null, firstDay: null, lastDay: null };
  it.each([
    [none, 'Always'],
    [{ ...none, windowStart: '18:00:00', windowEnd: '23:00:00', firstDay: '2026-03-10', lastDay: '2026-03-10' }, 'Today, 18:00 – 23:00'],
    [{ ...none, windowStart: '22:00:00', windowEnd: '06:00:00' }, 'Every day, 22:00 – 06:00'],
    [{ ...none, windowEnd: '07:00:00', lastDay: '2026-03-20' }, 'Until 20 March, 00:00 – 07:00'],
    [{ ...none, firstDay: '2026-03-11', lastDay: '2026-03-13' }, 'Tomorrow to 13 March'],
    [{ ...none, firstDay: '2026-04-01' }, 'From 1 April on'],
    [{ ...none, firstDay: '2026-03-01' }, 'Always'],
  ])('%j is "%s"', (window, words) => {
    expect(windowWords(window, now, zone)).toBe(words);
  });
});
