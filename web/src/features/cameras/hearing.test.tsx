import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { cameraOf, eventOf, liveWith, me, serve, show } from '../../../tests/render';
import { AlertSheet } from '../alerts/AlertSheet';
import { EventList } from '../events/EventList';
import { WallPage } from '../live/WallPage';
import { HearingForm } from './HearingForm';

const hearing = {
  sensitivity: 'normal',
  threshold: 0.56,
  usualThreshold: 0.5,
  shift: 0.25,
  explanation: 'Vigil calls when it is 56 % sure instead of 50 %, because you said “not a cry” once.',
  roomDbfs: -48.4,
  model: 'abc',
  feedback: [{ id: 3, eventId: 'a', said: 'not_cry', at: '2026-01-01T02:00:00Z', by: 'Ana', score: 0.6, shift: 0.25, undoneAt: null }],
};

describe('the ear for crying', () => {
  it('is set, explains itself, and forgets what was said on request', async () => {
    const asked = serve({
      'GET /api/v1/me': me,
      'GET /api/v1/cameras/1/hearing': hearing,
      'PATCH /api/v1/cameras/1': cameraOf(1, 'Nursery', { crySensitivity: 'high' }),
      'DELETE /api/v1/cameras/1/hearing/feedback/3': { ...hearing, explanation: 'Vigil calls when it is 50 % sure.', feedback: [] },
      'POST /api/v1/cameras/1/hearing/missed': hearing,
    });
    show(<HearingForm camera={cameraOf(1, 'Nursery')} />);
    expect(await screen.findByText(/56 % sure instead of 50 %.*The room itself is at -48 dB/)).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
    expect(await screen.findByText(/when it is 50 % sure/)).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: /missed a cry/ }));
    await userEvent.click(screen.getByRole('radio', { name: 'High' }));
    expect(asked.find(({ call }) => call === 'PATCH /api/v1/cameras/1')?.body).toEqual({ crySensitivity: 'high' });
    expect(asked.some(({ call }) => call.endsWith('/hearing/missed'))).toBe(true);
  });

  it('learns from an alarm that was none', async () => {
    const cry = eventOf('a', {
      kind: 'cry',
      score: 0.71,
      peak: null,
      startedAt: '2026-01-01T02:00:00Z',
      endedAt: '2026-01-01T02:03:00Z',
    });
    const asked = serve({
      'GET /api/v1/me': me,
      'GET /api/v1/events': { events: [cry], next: null },
      'POST /api/v1/events/a/not-a-cry': hearing,
    });
    show(<EventList />);
    expect(await screen.findByText('Nursery · 71 % sure · 3 min 0 s')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'That was not a cry' }));
    expect(await screen.findByText(/Thank you.*56 % sure/)).toBeVisible();
    expect(asked.filter(({ call }) => call === 'POST /api/v1/events/a/not-a-cry')).toHaveLength(1);
  });

  it('rings, says how long, and marks the picture on the wall while the crying goes on', async () => {
    serve({ 'GET /api/v1/me': me, 'GET /api/v1/cameras': [cameraOf(1, 'Nursery')] });
    const startedAt = new Date(Date.now() - 180_000).toISOString();
    const live = liveWith({ alerts: [{ event: eventOf('a', { kind: 'cry', score: 0.9, startedAt }), firstSeenAt: 0, over: false }] });
    show(
      <>
        <AlertSheet />
        <WallPage />
      </>,
      { live },
    );
    expect(screen.getByRole('alert')).toHaveTextContent('Crying – Nursery');
    expect(await screen.findByText(/crying for 3 min/)).toBeVisible();
    expect(await screen.findByRole('link', { name: /Nursery, crying/ })).toBeVisible();
  });
});
