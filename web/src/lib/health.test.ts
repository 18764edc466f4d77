import { expect, it } from 'vitest';
import { columns, distribution, heatMap, loudest } from './health';

const point = (at: string, more: object = {}) => ({
  at,
  temperature: 36.5,
  humidity: 50,
  readings: 1,
  cries: 0,
  fevers: 0,
  both: 0,
  ...more,
});
const from = Date.parse('2026-01-15T10:20:00Z');
const to = Date.parse('2026-01-15T13:10:00Z');

it('has a place for every hour, also for those without readings', () => {
  const drawn = columns([point('2026-01-15T12:00:00.000Z', { cries: 2 })], [], from, to);
  expect(drawn.times.map((time) => new Date(time * 1000).getUTCHours())).toEqual([10, 11, 12, 13]);
  expect(drawn.temperature).toEqual([null, null, 36.5, null]);
  expect(drawn.cries).toEqual([0, 0, 2, 0]);
});

it('counts what cameras heard with what was uploaded, and nothing from outside', () => {
  const heard = ['09:00', '11:59', '12:30', '15:00'].map((clock) => ({ startedAt: `2026-01-15T${clock}:00.000Z`, endedAt: null }));
  expect(columns([point('2026-01-15T12:00:00.000Z', { cries: 1 })], heard, from, to).cries).toEqual([0, 1, 2, 0]);
});

it('puts an hour where the clock on the wall has it', () => {
  const times = [Date.parse('2026-01-15T23:00:00Z') / 1000];
  expect(heatMap(times, [3], 'UTC')[3]?.[23]).toBe(3);
  expect(heatMap(times, [3], 'Europe/Zagreb')[4]?.[0]).toBe(3);
});

it('parts the readings without counting one twice', () => {
  const all = [point('2026-01-15T12:00:00Z', { readings: 10, cries: 4, fevers: 3, both: 2 })];
  expect(distribution(all)).toEqual({ normal: 5, crying: 2, fever: 1, both: 2 });
});

it('keeps the loudest moment of every step, and leaves out what lies outside', () => {
  const first = Date.parse('2026-01-15T10:00:00Z') / 1000;
  const heard = [
    ['09:59:55', 30000],
    ['10:00:05', 3277],
    ['10:04:55', 16384],
    ['10:11:00', 32767],
    ['10:16:00', 30000],
  ].map(([clock, max]) => ({ at: `2026-01-15T${clock}Z`, max: max as number }));
  const { times, values } = loudest(heard, first, first + 900, 300);
  expect(times).toEqual([first, first + 300, first + 600]);
  expect(values.map((value) => value && Math.round(value))).toEqual([50, null, 100]);
});
