import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { eventOf, me, problem, serve, show } from '../../../tests/render';
import { byDay, EventList } from './EventList';
import { EventsPage } from './EventsPage';

describe('the list of events', () => {
  it('says that all was quiet', async () => {
    serve({ 'GET /api/v1/me': me, 'GET /api/v1/cameras': [], 'GET /api/v1/events': { events: [], next: null } });
    show(<EventsPage />);
    expect(await screen.findByText('All quiet')).toBeVisible();
  });

  it('says when it cannot be read', async () => {
    serve({ 'GET /api/v1/me': me, 'GET /api/v1/events': () => problem(400, 'There is no such kind of event.') });
    show(<EventList />);
    expect(await screen.findByRole('alert')).toHaveTextContent('There is no such kind of event.');
  });

  it('tells what, where, when, how loud, how long and who has seen it, and plays the clip', async () => {
    const clip = { url: '/api/v1/events/a/clip.mp4', from: '', to: '', ready: true, durationSeconds: 12 };
    const event = eventOf('a', {
      startedAt: '2026-01-01T02:03:04Z',
      endedAt: '2026-01-01T02:03:10Z',
      clip,
      acknowledgedAt: '2026-01-01T02:04:00Z',
      acknowledgedBy: 'Ana',
    });
    serve({ 'GET /api/v1/me': me, 'GET /api/v1/events': { events: [event], next: null } });
    show(<EventList />);
    expect(await screen.findByText('Nursery · loudness 88 · 6 s · seen by Ana')).toBeVisible();
    await userEvent.click(await screen.findByRole('button', { name: 'Play clip of Loud noise at 03:03:04, 12 s' }));
    expect(await screen.findByLabelText('Clip')).toHaveAttribute('src', clip.url);
  });

  it('goes back in time page by page', async () => {
    serve({
      'GET /api/v1/me': me,
      'GET /api/v1/events': (_: unknown, url: URL) =>
        url.searchParams.get('before') === 'a'
          ? { events: [eventOf('b', { cameraName: 'Garden' })], next: null }
          : { events: [eventOf('a')], next: 'a' },
    });
    show(<EventList />);
    await userEvent.click(await screen.findByRole('button', { name: 'Earlier' }));
    expect(await screen.findByText(/Garden/)).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Earlier' })).not.toBeInTheDocument();
  });

  it('keeps its filter in the address', async () => {
    const asked = serve({ 'GET /api/v1/me': me, 'GET /api/v1/cameras': [], 'GET /api/v1/events': { events: [], next: null } });
    show(<EventsPage />, { at: '/app/events?kind=sound' });
    expect(screen.getByLabelText('Kind')).toHaveValue('sound');
    await screen.findByText('All quiet');
    await userEvent.selectOptions(screen.getByLabelText('Kind'), 'Camera offline');
    expect(screen.getByLabelText('Kind')).toHaveValue('cameraOffline');
    expect(asked.filter(({ call }) => call === 'GET /api/v1/events').length).toBeGreaterThan(0);
  });

  it('is grouped by the household’s days', () => {
    const now = Date.parse('2026-01-02T10:00:00Z');
    const events = ['2026-01-02T09:00:00Z', '2026-01-01T23:30:00Z', '2026-01-01T20:00:00Z'].map((startedAt, index) =>
      eventOf(String(index), { startedAt }),
    );
    expect(byDay(events, 'Europe/Berlin', now).map(([title, list]) => [title, list.length])).toEqual([
      ['Today', 2],
      ['Yesterday', 1],
    ]);
  });
});
