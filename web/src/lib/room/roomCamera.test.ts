import { afterEach, expect, it, vi } from 'vitest';
import { socketMaker } from '../../../tests/manualTimers';
import { DEAF_MS } from './capture';
import { RoomCamera } from './roomCamera';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, 'wakeLock');
  Reflect.deleteProperty(navigator, 'mediaDevices');
});

const track = (kind: string) => ({ kind, readyState: 'live', muted: false, stop: () => undefined });

it('a room that sends looks after its microphone and its screen by itself', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', function socket() {
    return socketMaker().open();
  });
  const tracks = [track('video'), track('audio')];
  const stream = {
    getTracks: () => tracks,
    getAudioTracks: () => tracks.slice(1),
    removeTrack: () => tracks.pop(),
    addTrack: (one: ReturnType<typeof track>) => tracks.push(one),
  };
  const getUserMedia = vi.fn(async (wish: MediaStreamConstraints) => (wish.video ? stream : { getAudioTracks: () => [track('audio')] }));
  const request = vi.fn(() => Promise.reject(new Error('low battery')));
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: Object.assign(new EventTarget(), { getUserMedia }) });
  Object.defineProperty(navigator, 'wakeLock', { configurable: true, value: { request } });
  const key = { cameraId: 3, cameraName: 'Nursery', householdName: 'Home', key: 'abcdefgh.secret' };
  const room = new RoomCamera(key, { facing: 'environment' });
  await room.preview();
  room.start();
  const taken = tracks[1];
  if (taken) taken.muted = true;

  await vi.advanceTimersByTimeAsync(3000);
  expect(room.get().deaf).toBe(true);
  expect(request).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(DEAF_MS + 5000);
  expect(tracks).not.toContain(taken);
  expect(room.get().deaf).toBe(false);
  expect(getUserMedia.mock.calls.filter(([wish]) => !wish.video)).toHaveLength(1);
  room.stop();
});

it('a page that only shows what would be sent tells parents that it is there, and learns its names', async () => {
  const sockets = socketMaker();
  vi.stubGlobal('WebSocket', function socket() {
    return sockets.open();
  });
  const getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'));
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: Object.assign(new EventTarget(), { getUserMedia }) });
  const key = { cameraId: 3, cameraName: 'Nursery', householdName: 'Home', key: 'abcdefgh.secret' };
  const room = new RoomCamera(key, { facing: 'environment' });
  await room.preview();
  sockets.last.opens();
  expect(sockets.last.sent.map((text) => JSON.parse(text))).toEqual([{ type: 'hello', key: 'abcdefgh.secret', sending: false }]);
  sockets.last.says({ type: 'welcome', cameraName: 'Ida’s room', deviceName: 'Crib phone' });
  expect(room.get()).toMatchObject({ cameraName: 'Ida’s room', deviceName: 'Crib phone' });
  room.start();
  expect(sockets.made[0]?.closed).toBe(true);
  sockets.last.opens();
  expect(JSON.parse(sockets.last.sent[0] ?? '')).toEqual({ type: 'hello', key: 'abcdefgh.secret' });
  room.stop();
  await room.preview();
  sockets.last.says({ type: 'revoked' });
  expect(room.get().sender).toEqual({ kind: 'ended', why: 'revoked' });
});
