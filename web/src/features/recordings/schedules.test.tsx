import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { cameraOf, problem, serve, show } from '../../../tests/render';
import type { PreviewSpan, Schedule, SchedulePreview } from '../../api/types';
import { SchedulesPage } from './SchedulesPage';
import { lengthWords, whenWords } from './schedules';

const nights: Schedule = {
  id: 'one',
  cameraId: 1,
  cameraName: 'Crib',
  name: 'Nights',
  type: 'weekly',
  startTime: '18:00:00',
  endTime: '06:00:00',
  startDate: null,
  endDate: null,
  days: ['friday', 'saturday'],
  isActive: true,
  isOvernight: true,
  until: null,
  nextStart: '2026-11-21T17:00:00.000Z',
  canChange: true,
  createdAt: '2026-11-01T00:00:00.000Z',
  updatedAt: '2026-11-01T00:00:00.000Z',
};

const span = (seconds: number, words: string): PreviewSpan => ({
  from: '2026-11-21T12:00:00.000Z',
  to: '2026-11-22T12:00:00.000Z',
  seconds,
  ranges: [{ scheduleId: null, name: 'preview', from: '2026-11-21T17:00:00.000Z', to: '2026-11-22T05:00:00.000Z', words }],
  hours: [{ at: '2026-11-21T15:00:00.000Z', local: '16:00' }],
});

const preview: SchedulePreview = {
  timeZone: 'Europe/Berlin',
  next: span(43_200, 'Sat 18:00 – Sun 06:00, 12 h'),
  clockChange: {
    at: '2027-03-28T01:00:00.000Z',
    minutes: 60,
    words: 'the clocks go forward',
    night: span(39_600, 'Sat 18:00 – Sun 06:00, 11 h'),
  },
};

const open = (answers: Parameters<typeof serve>[0]) => {
  const asked = serve({
    'GET /api/v1/cameras': [cameraOf(1, 'Crib')],
    'GET /api/v1/schedules/preview': preview,
    'POST /api/v1/schedules/preview': preview,
    ...answers,
  });
  show(<SchedulesPage />, { at: '/app/cameras/1/schedules', path: '/app/cameras/:id/schedules' });
  return asked;
};

describe('recording times of a camera', () => {
  it('an overnight weekly schedule: what it will record is drawn before it is saved', async () => {
    const asked = open({ 'GET /api/v1/schedules': [], 'POST /api/v1/schedules': nights });
    await userEvent.click(await screen.findByRole('button', { name: 'Add a schedule' }));
    expect(screen.getByText(/Overnight: 18:00 – 06:00 the next morning/)).toBeVisible();
    await userEvent.click(screen.getByRole('radio', { name: 'Some days' }));
    expect(screen.getByText('What will be recorded is shown here.')).toBeVisible();
    await userEvent.click(screen.getByRole('checkbox', { name: 'Fri' }));
    await userEvent.click(screen.getByRole('checkbox', { name: 'Sat' }));
    expect(await screen.findByRole('figure', { name: 'The night the clocks change' })).toHaveTextContent('11 h recorded');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByRole('button', { name: 'Add a schedule' })).toBeVisible();
    expect(asked.find(({ call }) => call === 'POST /api/v1/schedules')?.body).toMatchObject({
      cameraId: 1,
      type: 'weekly',
      startTime: '18:00',
      endTime: '06:00',
      days: ['friday', 'saturday'],
    });
  });

  it('is switched off with one tap, and removed only after a second thought', async () => {
    const asked = open({
      'GET /api/v1/schedules': [nights],
      'POST /api/v1/schedules/one/deactivate': { ...nights, isActive: false },
      'DELETE /api/v1/schedules/one': new Response(null, { status: 204 }),
    });
    expect(await screen.findByText('Next: Sat 18:00')).toBeVisible();
    await userEvent.click(screen.getByRole('switch', { name: 'Nights is on' }));
    await userEvent.click(screen.getByRole('button', { name: 'Remove' }));
    expect(asked.some(({ call }) => call.startsWith('DELETE'))).toBe(false);
    await userEvent.click(screen.getByRole('button', { name: 'Yes, remove it' }));
    expect(asked.map(({ call }) => call)).toEqual(
      expect.arrayContaining(['POST /api/v1/schedules/one/deactivate', 'DELETE /api/v1/schedules/one']),
    );
  });

  it('says what is wrong at its field', async () => {
    open({
      'GET /api/v1/schedules': [],
      'POST /api/v1/schedules': () => problem(400, '', { errors: { name: ['The schedule needs a name.'] } }),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Add a schedule' }));
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('The schedule needs a name.')).toBeVisible();
  });

  it('speaks of times as people do', () => {
    expect(whenWords(nights)).toBe('Fri, Sat, 18:00 – 06:00 the next morning');
    expect(whenWords({ ...nights, type: 'daily', startTime: '07:00', endTime: '07:00' })).toBe('Every day, 07:00 for 24 hours');
    expect(whenWords({ ...nights, type: 'once', startDate: '2026-12-24', endTime: '20:00' })).toBe('Thu 24 Dec, 18:00 – 20:00');
    expect(whenWords({ ...nights, type: 'continuous', endDate: '2026-12-24' })).toContain('All the time, until');
    expect([lengthWords(43_200), lengthWords(1800), lengthWords(5400)]).toEqual(['12 h', '30 min', '1 h 30 min']);
  });
});
