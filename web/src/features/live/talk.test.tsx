import { fireEvent, screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cameraOf, me, serve, show } from '../../../tests/render';
import type { RoomPhone } from '../../api/types';
import { openSession } from '../../lib/room/rtcSession';
import { TalkButton } from './TalkButton';

vi.mock('../../lib/room/rtcSession', () => ({ openSession: vi.fn() }));

const room = (change: Partial<RoomPhone> = {}): RoomPhone => ({
  online: true,
  waiting: false,
  lastSeenAt: null,
  deviceName: 'Old phone',
  battery: null,
  charging: null,
  rttMs: null,
  lossPercent: null,
  microphone: null,
  talker: null,
  lullaby: null,
  ...change,
});
const nursery = (change: Partial<RoomPhone> = {}) => cameraOf(3, 'Nursery', { room: room(change) });
const close = vi.fn();

beforeEach(() => {
  close.mockReset();
  vi.mocked(openSession)
    .mockReset()
    .mockResolvedValue({ peer: {} as RTCPeerConnection, isWell: () => true, known: () => Promise.resolve(true), close });
  const track = { stop: vi.fn(), onended: null };
  Object.defineProperty(navigator, 'mediaDevices', {
    configurable: true,
    value: { getUserMedia: () => Promise.resolve({ getAudioTracks: () => [track] }) },
  });
  Object.defineProperty(window, 'isSecureContext', { configurable: true, writable: true, value: true });
  serve({ 'GET /api/v1/me': me });
});

const button = () => screen.getByRole('button');
const heard = () => screen.findByText('Nursery hears you now.');
const quiet = () => waitFor(() => expect(button()).toHaveTextContent('Hold to talk'));

describe('hold to talk', () => {
  it('speaks while it is held, with a finger', async () => {
    show(<TalkButton camera={nursery()} />);
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    fireEvent.pointerDown(button(), { button: 0 });
    await heard();
    expect(button()).toHaveAttribute('aria-pressed', 'true');
    now.mockReturnValue(3000);
    fireEvent.pointerUp(button());
    now.mockRestore();
    await quiet();
    expect(close).toHaveBeenCalledOnce();
  });

  it('stays open after a tap, until the next', async () => {
    show(<TalkButton camera={nursery()} />);
    for (const act of [fireEvent.pointerDown, fireEvent.pointerUp, fireEvent.click]) act(button(), { button: 0 });
    await heard();
    expect(button()).toHaveTextContent('Speaking · tap to stop');
    for (const act of [fireEvent.pointerDown, fireEvent.pointerUp, fireEvent.click]) act(button(), { button: 0 });
    await quiet();
  });

  it('is pressed by a screen reader, which knows neither fingers nor keys', async () => {
    show(<TalkButton camera={nursery()} />);
    fireEvent.click(button());
    await heard();
    fireEvent.click(button());
    await quiet();
  });

  it('is held with the space bar', async () => {
    show(<TalkButton camera={nursery()} />);
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    fireEvent.keyDown(button(), { key: ' ' });
    fireEvent.keyDown(button(), { key: ' ', repeat: true });
    await heard();
    now.mockReturnValue(3000);
    fireEvent.keyUp(button(), { key: ' ' });
    now.mockRestore();
    await quiet();
  });

  it('ends when the phone takes the finger for something else, and when the page is covered', async () => {
    show(<TalkButton camera={nursery()} />);
    fireEvent.pointerDown(button(), { button: 0 });
    await heard();
    fireEvent.pointerCancel(button());
    await quiet();

    fireEvent.click(button());
    await heard();
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    fireEvent(document, new Event('visibilitychange'));
    hidden.mockRestore();
    await quiet();
  });

  it('says who else speaks, and rests while the phone is gone', async () => {
    const { unmount } = show(<TalkButton camera={nursery({ talker: 'Ben' })} />);
    expect(await screen.findByText('Ben is speaking to Nursery.')).toBeVisible();
    unmount();
    show(<TalkButton camera={nursery({ online: false })} />);
    expect(button()).toBeDisabled();
  });

  it('on plain http leads to the secure address', async () => {
    Object.defineProperty(window, 'isSecureContext', { configurable: true, writable: true, value: false });
    serve({
      'GET /api/v1/me': me,
      'GET /api/v1/trust': { secureOrigin: 'https://home.local:8443', authority: null, names: [], validUntil: null },
    });
    show(<TalkButton camera={nursery()} />);
    expect(await screen.findByRole('link', { name: 'Open with https' })).toHaveAttribute(
      'href',
      expect.stringContaining('https://home.local:8443/'),
    );
  });
});
