import { describe, expect, it } from 'vitest';
import { bandPath, columns, moveEnd, panAtEdge, placeOf, reveal, timeAt, within, zoom, zoomOn } from './axis';
import { eventsBefore, footageAt, LEAD_MS, nextEvent, nextFootage, pieceAt, previousEvent } from './footage';
import { addDays, addMonths, dayOf, isDay, spanOfDay, startOfDay, stepFor, ticks, weeksOf } from './zoneDay';

const HOUR = 3_600_000;
const hours = ({ from, to }: { from: number; to: number }) => (to - from) / HOUR;

describe('a day of the household', () => {
  it('has 24 hours, 23 or 25 when the clocks change, and 24½ on Lord Howe Island', () => {
    expect(hours(spanOfDay('2026-11-21', 'Europe/Berlin'))).toBe(24);
    expect(hours(spanOfDay('2026-03-29', 'Europe/Berlin'))).toBe(23);
    expect(hours(spanOfDay('2026-10-25', 'Europe/Berlin'))).toBe(25);
    expect(hours(spanOfDay('2026-04-05', 'Australia/Lord_Howe'))).toBe(24.5);
  });

  it('begins at local midnight wherever the household is', () => {
    expect(new Date(startOfDay('2026-11-21', 'Europe/Berlin')).toISOString()).toBe('2026-11-20T23:00:00.000Z');
    expect(new Date(startOfDay('2026-11-21', 'Pacific/Chatham')).toISOString()).toBe('2026-11-20T10:15:00.000Z');
    expect(new Date(startOfDay('2026-11-21', 'America/Los_Angeles')).toISOString()).toBe('2026-11-21T08:00:00.000Z');
    expect(new Date(startOfDay('2026-11-21', 'Pacific/Kiritimati')).toISOString()).toBe('2026-11-20T10:00:00.000Z');
  });

  it('begins when the clocks have gone forward where midnight does not exist', () => {
    // Cairo, 24 April 2026: 00:00 becomes 01:00.
    const begin = startOfDay('2026-04-24', 'Africa/Cairo');
    expect(new Date(begin).toISOString()).toBe('2026-04-23T22:00:00.000Z');
    expect(hours(spanOfDay('2026-04-24', 'Africa/Cairo'))).toBe(23);
  });

  it('never begins before the day before it has ended', () => {
    for (const zone of ['Europe/Berlin', 'America/Santiago', 'Africa/Casablanca', 'Pacific/Chatham', 'Asia/Kathmandu']) {
      for (let day = '2026-01-01'; day < '2027-01-01'; day = addDays(day, 5)) {
        const { from, to } = spanOfDay(day, zone);
        expect([dayOf(from, zone), dayOf(to - 1000, zone), dayOf(from - 1000, zone)]).toEqual([day, day, addDays(day, -1)]);
      }
    }
  });

  it('is only taken from the address when it is one', () => {
    expect([isDay('2026-02-28'), isDay('2026-02-30'), isDay('21.11.2026'), isDay(null)]).toEqual([true, false, false, false]);
  });

  it('has marks at its own hours; the hour that comes twice has two, the one that is missing none', () => {
    const labels = (day: string, zone: string, step = 60) => ticks(spanOfDay(day, zone), zone, step).map(({ label }) => label);
    expect(labels('2026-10-25', 'Europe/Berlin').filter((label) => label === '02:00')).toHaveLength(2);
    expect(labels('2026-03-29', 'Europe/Berlin')).not.toContain('02:00');
    expect(labels('2026-11-21', 'Asia/Kathmandu', 360)).toEqual(['00:00', '06:00', '12:00', '18:00', '00:00']);
  });

  it('has as many marks as fit', () => {
    const day = spanOfDay('2026-11-21', 'UTC');
    expect(stepFor(day, 358)).toBe(240);
    expect(stepFor(day, 1200)).toBe(120);
    expect(stepFor({ from: 0, to: 10 * 60_000 }, 358)).toBe(2);
  });

  it('stands in a calendar of weeks that begin on Monday', () => {
    const weeks = weeksOf('2026-11');
    expect(weeks[0]).toEqual([null, null, null, null, null, null, '2026-11-01']);
    expect(weeks.at(-1)?.[0]).toBe('2026-11-30');
    expect(weeks.flat().filter(Boolean)).toHaveLength(30);
    expect(weeksOf('2027-02').flat().filter(Boolean)).toHaveLength(28);
    expect([addMonths('2026-11', 2), addMonths('2026-01', -1)]).toEqual(['2027-01', '2025-12']);
  });
});

describe('the axis', () => {
  const day = { from: 0, to: 24 * HOUR };

  it('zooms around a place that stays where it is', () => {
    const near = zoom(day, day, 4, 6 * HOUR);
    expect(hours(near)).toBe(6);
    expect(placeOf(near, 400, 6 * HOUR)).toBeCloseTo(placeOf(day, 400, 6 * HOUR));
    expect(timeAt(near, 400, placeOf(near, 400, 7 * HOUR))).toBeCloseTo(7 * HOUR);
  });

  it('shows neither more than the day nor less than a minute', () => {
    expect(zoom(day, day, 0.1, HOUR)).toEqual(day);
    expect(hours(zoom(day, day, 1e6, HOUR)) * 60).toBeCloseTo(1);
    expect(within({ from: -HOUR, to: HOUR }, day)).toEqual({ from: 0, to: 2 * HOUR });
  });

  it('keeps what was just recorded in sight when one looks closer at 3 in the morning', () => {
    const now = 3 * HOUR;
    let view = day;
    for (let i = 0; i < 7; i++) view = zoomOn(view, day, 3, now);
    expect(view).toEqual({ from: now - 30_000, to: now + 30_000 });
    expect(zoomOn(day, day, 4, HOUR)).toEqual({ from: 0, to: 6 * HOUR });
  });

  it('goes along with a finger that is drawn into its edge, not with one that comes back from it', () => {
    const view = { from: 4 * HOUR, to: 5 * HOUR };
    expect(panAtEdge(view, day, 400, 12, 8).from).toBeLessThan(view.from);
    expect(panAtEdge(view, day, 400, 390, 395).to).toBeGreaterThan(view.to);
    expect(panAtEdge(view, day, 400, 2, 8)).toBe(view);
    expect(panAtEdge(view, day, 400, 300, 200)).toBe(view);
  });

  it('follows the playhead only when it leaves', () => {
    const view = { from: 0, to: 2 * HOUR };
    expect(reveal(view, day, HOUR)).toEqual(view);
    expect(reveal(view, day, 5 * HOUR)).toEqual({ from: 4 * HOUR, to: 6 * HOUR });
    expect(reveal(view, day, 24 * HOUR)).toEqual({ from: 22 * HOUR, to: 24 * HOUR });
  });

  it('keeps the ends of a chosen part in order', () => {
    const part = { from: HOUR, to: 2 * HOUR };
    expect(moveEnd(part, 'from', 3 * HOUR, day)).toEqual({ from: 2 * HOUR - 1000, to: 2 * HOUR });
    expect(moveEnd(part, 'to', 0, day)).toEqual({ from: HOUR, to: HOUR + 1000 });
    expect(moveEnd(part, 'to', 30 * HOUR, day).to).toBe(24 * HOUR);
  });

  it('draws the loudest of each column, and nothing where nothing is known', () => {
    const points = [
      { at: 10, loud: 0.2 },
      { at: 12, loud: 0.6 },
      { at: 35, loud: 1 },
    ];
    const heights = columns(points, { from: 0, to: 40 }, 4, 5, (point) => point.loud);
    expect(heights).toEqual([null, 0.6, null, 1]);
    expect(columns(points, { from: 10, to: 14 }, 4, 2, (point) => point.loud)).toEqual([0.2, 0.2, 0.6, 0.6]);
    expect(bandPath(heights, 10)).toBe('M1 10V4.0H2V10ZM3 10V0.0H4V10Z');
    expect(bandPath([null, null], 10)).toBe('');
  });
});

describe('footage', () => {
  const ranges = [
    { from: 0, to: 100 },
    { from: 200, to: 1000 },
  ];

  it('is found at an instant, or the next one after it', () => {
    expect(footageAt(ranges, 50)).toBe(ranges[0]);
    expect(footageAt(ranges, 100)).toBeUndefined();
    expect(nextFootage(ranges, 100)).toBe(ranges[1]);
    expect(nextFootage(ranges, 1000)).toBeUndefined();
  });

  it('is asked for in pieces that begin at the asked instant, without a crumb at the end', () => {
    expect(pieceAt(ranges, 250, 300)).toEqual({ from: 250, to: 550 });
    expect(pieceAt(ranges, 650, 300)).toEqual({ from: 650, to: 1000 });
    expect(pieceAt(ranges, 150, 300)).toBeUndefined();
  });

  it('has events to jump between, landing a little before each', () => {
    const events = [100, 60, 20].map((second) => ({ startedAt: new Date(second * 1000).toISOString() }));
    expect(nextEvent(events, 0)).toBe(events[2]);
    expect(nextEvent(events, 20_000 - LEAD_MS)).toBe(events[1]);
    expect(previousEvent(events, 60_000 - LEAD_MS)).toBe(events[2]);
    expect(previousEvent(events, 65_000)).toBe(events[1]);
    expect(nextEvent(events, 200_000)).toBeUndefined();
  });

  it('asks for the events of a day by the first id of the next', () => {
    const at = Date.parse('2026-11-21T00:00:00Z');
    expect(eventsBefore(at)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-0000-0000-0{12}$/);
    expect(Number.parseInt(eventsBefore(at).replaceAll('-', '').slice(0, 12), 16)).toBe(at);
  });
});
