import { describe, expect, it } from 'vitest';
import { Problem, problemFrom } from '../api/problems';
import type { CameraStatus } from '../api/types';
import { levelFraction, peakAt, percent } from './levels';
import { pictureNote } from './pictureState';
import { ServerClock } from './serverClock';
import { ago, bytes, clock, day, length, liveAge } from './time';
import { eventTitle } from './words';

describe('loudness', () => {
  it('is shown in ratios: silence left, full scale right', () => {
    expect(levelFraction(0)).toBe(0);
    expect(levelFraction(32767)).toBe(1);
    expect(levelFraction(1000)).toBeCloseTo(0.495, 2);
    expect(levelFraction(-3)).toBe(0);
    expect(levelFraction(99_999)).toBe(1);
  });
  it('comes back from where a mark was put', () => {
    for (const peak of [40, 1000, 5000, 20_000]) expect(peakAt(levelFraction(peak))).toBeCloseTo(peak, -1);
    expect(percent(peakAt(0.73))).toBe(73);
  });
});

describe('times', () => {
  it('are said as people say them', () => {
    expect([ago(-5), ago(12_900), ago(61_000), ago(3_700_000), ago(50 * 3_600_000)]).toEqual([
      '0 s ago',
      '12 s ago',
      '1 min ago',
      '1 h ago',
      '2 days ago',
    ]);
    expect([liveAge(null), liveAge(96), liveAge(-40)]).toEqual(['live', 'live 0.1 s', 'live 0.0 s']);
    expect([length(7.4), length(75)]).toEqual(['7 s', '1 min 15 s']);
    expect([bytes(999), bytes(1500), bytes(83e9), bytes(512e9)]).toEqual(['999 B', '1.5 KB', '83.0 GB', '512 GB']);
  });
  it('are those of the household, also when the day changes there', () => {
    expect(clock('2026-01-01T02:03:04Z', 'Europe/Berlin')).toBe('03:03:04');
    const now = Date.parse('2026-01-02T10:00:00Z');
    expect(day('2026-01-01T23:30:00Z', 'Europe/Berlin', now)).toBe('Today');
    expect(day('2026-01-01T22:30:00Z', 'Europe/Berlin', now)).toBe('Yesterday');
    expect(clock('nonsense')).toBe('–');
    // Half past midnight after the day of 23 hours, and half past eleven on that of 25.
    expect(day('2026-03-29T09:00:00Z', 'Europe/Berlin', Date.parse('2026-03-29T22:30:00Z'))).toBe('Yesterday');
    expect(day('2026-03-28T09:00:00Z', 'Europe/Berlin', Date.parse('2026-03-29T22:30:00Z'))).toBe('Saturday 28 March');
    expect(day('2026-10-24T09:00:00Z', 'Europe/Berlin', Date.parse('2026-10-25T22:30:00Z'))).toBe('Yesterday');
    expect(day('2026-02-28T09:00:00Z', 'UTC', Date.parse('2026-03-01T00:05:00Z'))).toBe('Yesterday');
    expect(day('2025-12-31T09:00:00Z', 'UTC', Date.parse('2026-01-01T00:05:00Z'))).toBe('Yesterday');
    expect(clock('2026-01-01T02:03:04Z', 'No/Where')).not.toBe('');
  });
});

describe('the note over a picture', () => {
  const status = (state: CameraStatus['state'], failure: CameraStatus['failure'] = 'none') => ({ state, failure }) as CameraStatus;
  const view = (phase: 'none' | 'live' | 'stale', ageMs: number | null = null) => ({ phase, ageMs, sinceMs: 12_300, connected: true });
  it('is none while pictures move, whatever the server says', () => {
    expect(pictureNote(status('offline', 'stalled'), false, view('live'))).toBeNull();
  });
  it('says how old a standing picture is, and why', () => {
    expect(pictureNote(status('live'), false, view('stale'))).toMatchObject({ kind: 'stale', title: 'Last picture 12 s ago' });
    expect(pictureNote(status('offline', 'stalled'), false, view('stale', 40_000))).toMatchObject({
      title: 'Last picture 40 s ago',
      detail: 'The camera stopped sending',
    });
  });
  it('tells paused, offline and connecting apart', () => {
    expect(pictureNote(status('paused'), false, view('live'))?.kind).toBe('paused');
    expect(pictureNote(status('offline', 'wrongPassword'), false, null)).toMatchObject({
      kind: 'offline',
      title: 'User name or password is wrong',
    });
    expect(pictureNote(status('offline'), false, null)).toMatchObject({ kind: 'offline', title: 'Camera offline' });
    expect(pictureNote(status('connecting'), false, null)?.kind).toBe('connecting');
  });
});

describe('the server’s clock', () => {
  it('is taken from the shortest exchange of the last few', () => {
    const clockOfServer = new ServerClock();
    expect(clockOfServer.offsetMs).toBeNull();
    expect(clockOfServer.ageOf(1, 2)).toBeNull();
    clockOfServer.exchange(1000, 1400, 2200);
    clockOfServer.exchange(2000, 2010, 3005);
    expect(clockOfServer.exchange(3000, 3300, 4290)).toBe(false);
    expect(clockOfServer.offsetMs).toBe(1000);
    clockOfServer.exchange(5000, 4000, 9000);
    clockOfServer.exchange(5000, 5001, Number.NaN);
    expect(clockOfServer.offsetMs).toBe(1000);
    // A clock was put an hour forward: a shorter round trip of before says nothing any more.
    expect(clockOfServer.exchange(6000, 6200, 3_607_100)).toBe(true);
    expect(clockOfServer.offsetMs).toBe(3_601_000);
  });
});

describe('what went wrong', () => {
  it('is said with the server’s words where it has some, per field where it can', () => {
    const problem = problemFrom(400, { title: 'Bad', errors: { HouseholdName: ['Too long.'], 'Body.TimeZone': ['Unknown.'] } });
    expect(problem).toBeInstanceOf(Problem);
    expect(problem.fields).toEqual({ householdName: 'Too long.', timeZone: 'Unknown.' });
    expect(problemFrom(409, { detail: 'That e-mail is taken.', code: 'taken' })).toMatchObject({
      message: 'That e-mail is taken.',
      code: 'taken',
    });
    expect(problemFrom(429, null).message).toMatch(/Wait a minute/);
    expect(problemFrom(503, '<html>').message).toMatch(/database is away/);
  });
});

describe('events', () => {
  it('of a kind this page does not know are still readable', () => {
    expect(eventTitle({ kind: 'sound', level: 'red' })).toBe('Loud noise');
    expect(eventTitle({ kind: 'doorOpened', level: null })).toBe('Door opened');
    expect(eventTitle({ kind: 'camera_offline', level: null })).toBe('Camera offline');
  });
});
