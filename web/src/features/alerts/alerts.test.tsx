import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { eventOf, liveWith, me, problem, quietGate, serve, show } from '../../../tests/render';
import { household } from '../../api/household';
import type { Alert } from '../../lib/alertBook';
import { LinkBanner } from '../watchdog/LinkBanner';
import { SessionEndedPage } from '../watchdog/SessionEndedPage';
import { AlertSheet } from './AlertSheet';
import { SoundBanner } from './SoundBanner';
import { useRinging } from './useRinging';

const clip = {
  url: '/api/v1/events/a/clip.mp4',
  from: '2026-01-01T00:00:00Z',
  to: '2026-01-01T00:00:12Z',
  ready: true,
  durationSeconds: 12,
};
const alarm = (change = {}) => ({ event: eventOf('a', change), firstSeenAt: 0, over: false });

let put: (alerts: Alert[]) => void = () => undefined;

function Ringing() {
  const [alerts, set] = useState<Alert[]>([]);
  put = set;
  useRinging(alerts);
  return null;
}

describe('an alarm', () => {
  it('stands on the page, says where, and sounds', async () => {
    serve({ 'GET /api/v1/me': me });
    const sound = quietGate();
    const ring = vi.spyOn(sound, 'alarm');
    show(<AlertSheet />, { live: liveWith({ alerts: [alarm({ clip })], sound }) });
    expect(screen.getByRole('alert')).toHaveTextContent('Loud noise – Nursery');
    expect(screen.getByRole('link', { name: 'Look' })).toHaveAttribute('href', '/app/cameras/1');
    expect(ring).toHaveBeenCalledOnce();
    expect(document.title).toContain('Nursery');
  });

  it('that grows each second is not begun anew each second', () => {
    serve({ 'GET /api/v1/me': me });
    const sound = quietGate();
    const ring = vi.spyOn(sound, 'alarm');
    show(<Ringing />, { live: liveWith({ sound }) });
    const crying = (peak: number) => act(() => put([alarm({ peak })]));
    crying(9000);
    crying(9100);
    expect(ring).toHaveBeenCalledOnce();
    act(() => put([]));
    crying(9200);
    expect(ring).toHaveBeenCalledTimes(2);
    expect(ring.mock.calls).toEqual([[0], [0]]);
  });

  it('is answered with one tap, here at once and then for everybody', async () => {
    const asked = serve({ 'GET /api/v1/me': me, 'POST /api/v1/events/a/acknowledge': eventOf('a') });
    const answer = vi.fn();
    show(<AlertSheet />, { live: liveWith({ alerts: [alarm()], answer }) });
    await userEvent.click(screen.getByRole('button', { name: 'Seen' }));
    expect(answer).toHaveBeenCalledWith('a');
    await waitFor(() => expect(asked.map(({ call }) => call)).toContain('POST /api/v1/events/a/acknowledge'));
  });

  it('says when the others could not be told', async () => {
    serve({ 'GET /api/v1/me': me, 'POST /api/v1/events/a/acknowledge': problem(503, 'The database is away.') });
    show(<AlertSheet />, { live: liveWith({ alerts: [alarm()] }) });
    await userEvent.click(screen.getByRole('button', { name: 'Seen' }));
    expect(await screen.findByText(/other pages may still ring/)).toBeVisible();
  });

  it('plays its clip at once', async () => {
    serve({ 'GET /api/v1/me': me });
    show(<AlertSheet />, { live: liveWith({ alerts: [alarm({ clip })] }) });
    await userEvent.click(screen.getByRole('button', { name: 'Play clip' }));
    expect(await screen.findByLabelText('Clip')).toHaveAttribute('src', clip.url);
    expect(screen.getByText(/still recording/)).toBeVisible();
    expect(screen.getByRole('link', { name: 'Save' })).toHaveAttribute('href', `${clip.url}?download=1`);
  });

  it('among many offers to answer all', async () => {
    const asked = serve({ 'GET /api/v1/me': me });
    const many = ['a', 'b', 'c', 'd', 'e'].map((id, index) => ({ ...alarm(), event: eventOf(id, { cameraId: Math.max(1, index) }) }));
    show(<AlertSheet />, { live: liveWith({ alerts: many }) });
    expect(screen.getAllByRole('article')).toHaveLength(1);
    await userEvent.click(screen.getByRole('button', { name: '3 more' }));
    expect(screen.getAllByRole('article')).toHaveLength(4);
    await userEvent.click(screen.getByRole('button', { name: 'All seen' }));
    await waitFor(() => expect(asked.filter(({ call }) => call.endsWith('/acknowledge'))).toHaveLength(5));
    expect(screen.getByText(/2 times/)).toBeVisible();
  });

  it('of another home says which, is answered there, and offers to go there', async () => {
    const assign = vi.fn();
    const original = window.location;
    vi.stubGlobal('location', { ...original, assign });
    const asked = serve({ 'GET /api/v1/me': me, 'POST /api/v1/events/a/acknowledge': eventOf('a') });
    const home = { id: 7, name: "Grandma's home" };
    show(<AlertSheet />, { live: liveWith({ alerts: [{ ...alarm({ clip }), home }] }) });
    expect(screen.getByRole('alert')).toHaveTextContent("Loud noise – Nursery – Grandma's home");
    expect(screen.queryByRole('link', { name: 'Look' })).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Play clip' }));
    expect(await screen.findByLabelText('Clip')).toHaveAttribute('src', `${clip.url}?household=7`);
    await userEvent.click(screen.getByRole('button', { name: 'Seen', hidden: true }));
    await waitFor(() => expect(asked.find(({ call }) => call.endsWith('/acknowledge'))?.household).toBe('7'));
    await userEvent.click(screen.getByRole('button', { name: "Go to Grandma's home", hidden: true }));
    expect(assign).toHaveBeenCalledWith('/app/cameras/1');
    expect(household.get()).toBe('7');
    household.forget();
    vi.stubGlobal('location', original);
  });

  it('of the whole server has no camera to look at', () => {
    serve({ 'GET /api/v1/me': me });
    show(<AlertSheet />, { live: liveWith({ alerts: [alarm({ cameraId: 0, cameraName: '', kind: 'serverTrouble' })] }) });
    expect(screen.getByRole('alert')).toHaveTextContent('Trouble in the server.');
    expect(screen.queryByRole('link', { name: 'Look' })).not.toBeInTheDocument();
  });
});

describe('sound that is off', () => {
  it('is said until a tap switches it on', async () => {
    show(<SoundBanner />, { live: liveWith({ sound: quietGate('suspended') }) });
    await userEvent.click(screen.getByRole('button', { name: /Alarm sound is off/ }));
    await waitFor(() => expect(screen.queryByRole('button')).not.toBeInTheDocument());
  });
});

describe('the watch over the connection', () => {
  it('is silent while all is well', () => {
    show(<LinkBanner />);
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
    expect(screen.queryByRole('status')).not.toBeInTheDocument();
  });
  it('is loud and ticks when nothing can reach the page', () => {
    const sound = quietGate();
    const tick = vi.spyOn(sound, 'tick');
    show(<LinkBanner />, { live: liveWith({ link: 'lost', sound }) });
    expect(screen.getByRole('alert')).toHaveTextContent(/No connection to Vigil.*No alarm can reach this page/);
    expect(tick).toHaveBeenCalledOnce();
  });
  it('says calmly that the database is away', () => {
    show(<LinkBanner />, { live: liveWith({ databaseAvailable: false }) });
    expect(screen.getByRole('status')).toHaveTextContent(/Live pictures and alarms go on/);
  });
  it('fills the page when the sign-in has ended', async () => {
    vi.stubGlobal(
      'AudioContext',
      class {
        state = 'suspended';
        addEventListener() {}
      },
    );
    const signIn = vi.fn();
    show(<SessionEndedPage reason="revoked" signIn={signIn} />);
    expect(screen.getByRole('alert')).toHaveTextContent(/No alarm can reach this page any more.*from another device/);
    await userEvent.click(screen.getByRole('button', { name: 'Sign in again' }));
    expect(signIn).toHaveBeenCalledOnce();
  });
});
