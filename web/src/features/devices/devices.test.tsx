import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Suspense, use } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cameraOf, liveWith, me, problem, serve, show, statusOf } from '../../../tests/render';
import type { RoomPhone } from '../../api/types';
import type { RoomView } from '../../lib/room/roomView';
import { RoomLine } from '../live/RoomLine';
import { AddPhone } from './AddPhone';
import { RoomDevices } from './RoomDevices';
import { RoomPage } from './RoomPage';
import { AWAKE_MS, Sending } from './Sending';

const paired = { cameraId: 3, cameraName: 'Nursery', householdName: 'Our home', key: 'abcdefgh.secret' };
const setup = { needsOwner: false, needsCode: false, registrationOpen: false, version: '1', serverName: 'home' };
const stranger = { 'GET /api/v1/setup': setup, 'GET /api/v1/me': () => problem(401, 'Please sign in.') };

function withCamera(getUserMedia: () => Promise<unknown>) {
  Object.defineProperty(navigator, 'mediaDevices', {
    configurable: true,
    value: { getUserMedia, enumerateDevices: async () => [], addEventListener: () => undefined, removeEventListener: () => undefined },
  });
}

/** Suspends once: what was rendered beside it is thrown away and begun anew. */
const late = Promise.resolve();
function Late() {
  use(late);
  return null;
}

const video = () => withCamera(async () => stream);
const stream = {
  getTracks: () => [{ kind: 'video', readyState: 'live', stop: () => undefined, getSettings: () => ({}) }],
  getAudioTracks: () => [],
  getVideoTracks: () => [],
};

beforeEach(() => {
  localStorage.clear();
  window.history.replaceState(null, '', '/app/camera');
  Object.defineProperty(window, 'isSecureContext', { configurable: true, writable: true, value: true });
});

describe('a device that shall become a camera', () => {
  it('takes the code from the address, forgets it there, and gets a key', async () => {
    video();
    window.history.replaceState(null, '', '/app/camera#pair=ABCD2345');
    const asked = serve({ ...stranger, 'POST /api/v1/devices/pair': paired });
    show(<RoomPage />);
    expect(window.location.hash).toBe('');
    expect(await screen.findByRole('button', { name: 'Start sending' })).toBeVisible();
    expect(screen.getByRole('heading', { name: 'Nursery' })).toBeVisible();
    expect(asked.find(({ call }) => call === 'POST /api/v1/devices/pair')?.body).toMatchObject({ code: 'ABCD2345' });
    expect(JSON.parse(localStorage.getItem('vigil.room') ?? '')).toMatchObject(paired);
    expect(await screen.findByText(/No microphone: nothing will be heard/)).toBeVisible();
  });

  it('keeps the code when a first render is thrown away', async () => {
    video();
    window.history.replaceState(null, '', '/app/camera#pair=ABCD2345');
    serve({ ...stranger, 'POST /api/v1/devices/pair': paired });
    await act(async () => {
      show(
        <Suspense fallback={null}>
          <RoomPage />
          <Late />
        </Suspense>,
      );
    });
    expect(await screen.findByRole('button', { name: 'Start sending' })).toBeVisible();
    expect(window.location.hash).toBe('');
  });

  it('says why a code does not work, and takes another, typed', async () => {
    video();
    const asked = serve({ ...stranger, 'POST /api/v1/devices/pair': () => problem(404, 'This code is wrong.') });
    show(<RoomPage />);
    await userEvent.type(await screen.findByLabelText(/^Code/), 'OLD1');
    await userEvent.click(screen.getByRole('button', { name: 'Go on' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('This code is wrong.');
    await userEvent.clear(screen.getByLabelText(/^Code/));
    await userEvent.type(screen.getByLabelText(/^Code/), 'not a code!');
    await userEvent.click(screen.getByRole('button', { name: 'Go on' }));
    expect(await screen.findByText(/That is no code/)).toBeVisible();
    expect(asked.filter(({ call }) => call.startsWith('POST'))).toHaveLength(1);
  });

  it('goes on with its key after a reload, without asking who is there', async () => {
    video();
    localStorage.setItem('vigil.room', JSON.stringify(paired));
    const asked = serve({});
    show(<RoomPage />);
    expect(await screen.findByRole('button', { name: 'Start sending' })).toBeVisible();
    expect(asked).toEqual([]);
  });

  it('can be made to forget its room, after a second thought', async () => {
    video();
    localStorage.setItem('vigil.room', JSON.stringify(paired));
    serve(stranger);
    show(<RoomPage />);
    await userEvent.click(await screen.findByRole('button', { name: 'Forget this room' }));
    await userEvent.click(screen.getByRole('button', { name: 'Yes, forget this room' }));
    expect(await screen.findByLabelText(/^Code/)).toBeVisible();
    expect(localStorage.getItem('vigil.room')).toBeNull();
  });

  it('of a parent chooses among the rooms, or names a new one', async () => {
    video();
    const rooms = [cameraOf(3, 'Nursery', { address: 'whip:' }), cameraOf(4, 'Door')];
    const asked = serve({
      'GET /api/v1/setup': setup,
      'GET /api/v1/me': me,
      'GET /api/v1/cameras': rooms,
      'POST /api/v1/cameras/3/pairing': { code: 'ABCD2345', url: 'https://h/app/camera#pair=ABCD2345', expiresAt: '2030-01-01T00:00:00Z' },
      'POST /api/v1/devices/pair': paired,
    });
    show(<RoomPage />);
    await userEvent.click(await screen.findByRole('button', { name: /Nursery/ }));
    expect(await screen.findByRole('button', { name: 'Start sending' })).toBeVisible();
    expect(screen.queryByText('Door')).not.toBeInTheDocument();
    expect(asked.map(({ call }) => call)).toContain('POST /api/v1/cameras/3/pairing');
  });

  it('says plainly when the browser does not give its camera', async () => {
    withCamera(() => Promise.reject(Object.assign(new Error(), { name: 'NotAllowedError' })));
    localStorage.setItem('vigil.room', JSON.stringify(paired));
    serve({});
    show(<RoomPage />);
    expect(await screen.findByRole('alert')).toHaveTextContent(/does not give the camera.*Allow camera and microphone/);
    expect(screen.getByRole('button', { name: 'Ask for the camera again' })).toBeVisible();
  });

  it('on plain http is told why, and led to the secure address with its code', async () => {
    video();
    Object.defineProperty(window, 'isSecureContext', { configurable: true, writable: true, value: false });
    window.history.replaceState(null, '', '/app/camera#pair=ABCD2345');
    const trust = { secureOrigin: 'https://home.local:8443', authority: null, names: [], validUntil: null };
    const asked = serve({ 'GET /api/v1/trust': trust });
    show(<RoomPage />);
    expect(await screen.findByRole('link', { name: 'Open with https' })).toHaveAttribute(
      'href',
      'https://home.local:8443/app/camera#pair=ABCD2345',
    );
    expect(window.location.hash).toBe('');
    expect(asked.map(({ call }) => call)).toEqual(['GET /api/v1/trust']);
  });
});

const view = (change: Partial<RoomView> = {}): RoomView => ({
  sender: { kind: 'sending' },
  link: 'open',
  stream: null,
  previewFailure: null,
  hasMicrophone: true,
  deaf: false,
  watchers: { count: 1, names: ['Ana'] },
  battery: { level: 0.18, charging: false },
  quality: { rttMs: 9, lossPercent: 0, bitrate: 1_500_000 },
  screenHeld: true,
  cameraName: 'Nursery',
  deviceName: 'Old phone',
  paused: false,
  playing: false,
  ...change,
});

describe('a phone that sends', () => {
  const open = (change: Partial<RoomView> = {}) => {
    video();
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const room = { setDark: vi.fn() };
    const stop = vi.fn();
    show(<Sending room={room as never} view={view(change)} choice={{ facing: 'environment' }} choose={() => undefined} stop={stop} />);
    const wait = (ms: number) => act(() => vi.advanceTimersByTime(ms));
    return { room, stop, wait, user: userEvent.setup({ advanceTimers: vi.advanceTimersByTime }) };
  };

  it('goes dark after ten seconds; a tap wakes it and cannot stop it', async () => {
    const { room, stop, wait, user } = open();
    expect(screen.getByText('Ana is watching')).toBeVisible();
    expect(screen.getByRole('alert')).toHaveTextContent('Battery at 18 % and not charging');
    wait(AWAKE_MS + 1000);
    expect(room.setDark).toHaveBeenLastCalledWith(true);
    expect(screen.queryByRole('button', { name: 'Stop' })).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Sending. Tap to wake the screen' }));
    expect(room.setDark).toHaveBeenLastCalledWith(false);
    expect(stop).not.toHaveBeenCalled();
    vi.useRealTimers();
  });

  it('stops only after a second tap', async () => {
    const { stop, user } = open();
    await user.click(screen.getByRole('button', { name: 'Stop' }));
    expect(stop).not.toHaveBeenCalled();
    await user.click(screen.getByRole('button', { name: 'Really stop' }));
    expect(stop).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });

  it('says when it does not send, also in the dark, and when the screen may lock', () => {
    const { wait } = open({ sender: { kind: 'connecting', after: 'noServer' }, screenHeld: false });
    expect(screen.getByText('Vigil does not answer')).toBeVisible();
    expect(screen.getByText(/may lock the screen/)).toBeVisible();
    wait(AWAKE_MS + 1000);
    expect(screen.getByRole('button', { name: /Vigil does not answer/ })).toBeVisible();
    vi.useRealTimers();
  });
});

describe('a phone whose microphone a call has taken', () => {
  it('says so, also in the dark', () => {
    video();
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const room = { setDark: vi.fn() };
    const props = { choice: { facing: 'environment' as const }, choose: () => undefined, stop: () => undefined };
    show(<Sending room={room as never} view={view({ deaf: true })} {...props} />);
    expect(screen.getByText('Microphone muted')).toBeVisible();
    expect(screen.getByText(/nothing is heard/)).toBeVisible();
    act(() => vi.advanceTimersByTime(AWAKE_MS + 1000));
    expect(screen.getByRole('button', { name: /Microphone muted/ })).toBeVisible();
    vi.useRealTimers();
  });
});

describe('a parent', () => {
  const soon = new Date(Date.now() + 600_000).toISOString();
  const pairing = { code: 'ABCD2345', url: 'https://home.local:8443/app/camera#pair=ABCD2345', expiresAt: soon };
  const room = (change: Partial<RoomPhone> = {}): RoomPhone => ({
    online: true,
    waiting: false,
    lastSeenAt: new Date(Date.now() - 12_500).toISOString(),
    deviceName: 'Anna’s old phone',
    battery: 0.34,
    charging: false,
    rttMs: 10,
    lossPercent: 0,
    microphone: null,
    talker: null,
    lullaby: null,
    ...change,
  });

  it('names the room, shows the code, and sees the picture when the phone is there', async () => {
    const camera = cameraOf(3, 'Nursery', { address: 'whip:' });
    let now = camera;
    serve({
      'GET /api/v1/me': me,
      'POST /api/v1/room-cameras': () => ({ camera, pairing }),
      'GET /api/v1/cameras': () => [now],
    });
    now = { ...camera, room: room(), status: statusOf(3, { state: 'live' }) };
    show(<AddPhone picture={(one) => <p>picture of {one.name}</p>} />);
    await userEvent.type(screen.getByLabelText(/^Room/), 'Nursery');
    await userEvent.click(screen.getByRole('button', { name: 'Show the code' }));
    expect(await screen.findByText('picture of Nursery')).toBeVisible();
    expect(screen.getByRole('link', { name: 'Done' })).toHaveAttribute('href', '/app/cameras/3');
  });

  it('sees the code as a picture and in letters, with the step about trust first', async () => {
    const camera = cameraOf(3, 'Nursery', { address: 'whip:' });
    const trust = {
      secureOrigin: 'https://home.local:8443',
      page: 'http://home.local:8000/trust',
      authority: { name: 'Vigil', fingerprint: 'A' },
      names: [],
      validUntil: null,
    };
    serve({ 'GET /api/v1/trust': trust, 'GET /api/v1/devices': [], 'POST /api/v1/cameras/3/pairing': pairing });
    show(<RoomDevices camera={camera} />);
    await userEvent.click(await screen.findByRole('button', { name: 'Add another phone' }));
    expect(await screen.findByRole('img', { name: 'Code for the phone' })).toBeVisible();
    expect(screen.getByText('ABCD2345')).toBeVisible();
    expect(await screen.findByText('http://home.local:8000/trust')).toBeVisible();
    expect(screen.getAllByRole('listitem')[0]).toHaveTextContent(/first time.*\/trust/);
  });

  it('signs a device off after a second thought', async () => {
    const device = { id: 9, cameraId: 3, cameraName: 'Nursery', name: 'Old phone', prefix: 'abcdefgh', scopes: ['publish'] };
    const devices = [{ ...device, createdAt: soon, lastSeenAt: null, online: true }];
    const asked = serve({ 'GET /api/v1/devices': devices, 'DELETE /api/v1/devices/9': () => new Response(null, { status: 204 }) });
    show(<RoomDevices camera={cameraOf(3, 'Nursery', { address: 'whip:' })} />);
    expect(await screen.findByText(/here now/)).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Sign off Old phone' }));
    await userEvent.click(screen.getByRole('button', { name: 'Yes, sign it off' }));
    await waitFor(() => expect(asked.map(({ call }) => call)).toContain('DELETE /api/v1/devices/9'));
  });

  it('gives a device another name', async () => {
    const device = { id: 9, cameraId: 3, cameraName: 'Nursery', name: 'Old phone', prefix: 'abcdefgh', scopes: ['publish'] };
    const devices = [{ ...device, createdAt: soon, lastSeenAt: null, online: true }];
    const asked = serve({ 'GET /api/v1/devices': devices, 'PATCH /api/v1/devices/9': () => new Response(null, { status: 204 }) });
    show(<RoomDevices camera={cameraOf(3, 'Nursery', { address: 'whip:' })} />);
    await userEvent.click(await screen.findByRole('button', { name: 'Rename Old phone' }));
    await userEvent.clear(screen.getByLabelText('Name of the device'));
    await userEvent.type(screen.getByLabelText('Name of the device'), 'Crib phone');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() =>
      expect(asked.find(({ call }) => call === 'PATCH /api/v1/devices/9')).toMatchObject({ body: { name: 'Crib phone' } }),
    );
  });

  it('reads name and battery of the phone, and since when it is gone', () => {
    show(<RoomLine room={room()} camera="Nursery" />, { live: liveWith() });
    expect(screen.getByText(/Anna’s old phone · 34 %, not charging/)).toBeVisible();
    expect(screen.getByText(/empties a phone within a few hours/)).toBeVisible();
    show(<RoomLine room={room({ online: false })} />);
    expect(screen.getByText('Anna’s old phone has been gone for 12 s')).toBeVisible();
  });
});
