import { describe, expect, it, vi } from 'vitest';
import type { RoomPhone } from '../../api/types';
import { watchBattery } from './battery';
import { audioWish, Capture, captureFailure, DEAF_MS, videoWish } from './capture';
import { driftAt } from './drift';
import { lenses, nextLens } from './lenses';
import { qualityBetween, sampleOf } from './linkStats';
import { pairingCode, RoomStore, takePairingCode } from './roomKey';
import { reportOf } from './roomReport';
import { batteryHint, pageTitle, phoneWords, senderWords, signalWords, watcherWords } from './roomWords';
import { refusalOf } from './rtcSession';
import { ScreenLock } from './screenLock';
import { iconOf } from './tabIcon';
import { preferH264, publish } from './whip';

describe('what a room phone says', () => {
  it('tells sending, trying and waiting apart, and when it tries next', () => {
    expect(senderWords({ kind: 'sending' }, 0)).toMatchObject({ tone: 'good', title: 'Sending' });
    expect(senderWords({ kind: 'connecting', after: null }, 0)).toMatchObject({ tone: 'busy', title: 'Connecting …' });
    expect(senderWords({ kind: 'connecting', after: 'cameraTaken' }, 0)).toMatchObject({ tone: 'bad', detail: 'Trying now …' });
    expect(senderWords({ kind: 'waiting', trouble: 'noServer', retryAt: 4100 }, 1000).detail).toMatch(/Next try in 4 s\.$/);
    expect(senderWords({ kind: 'waiting', trouble: 'noServer', retryAt: 1000 }, 4000).detail).toMatch(/in 1 s\.$/);
    expect(senderWords({ kind: 'ended', why: 'revoked' }, 0).title).toBe('This device was signed off');
  });
  it('carries the state in the tab', () => {
    expect(pageTitle({ kind: 'sending' }, 'Nursery')).toBe('● Sending · Nursery');
    expect(pageTitle({ kind: 'waiting', trouble: 'noServer', retryAt: 0 }, 'Nursery')).toBe('⚠ Not sending · Nursery');
    expect(pageTitle({ kind: 'connecting', after: 'noServer' }, 'Nursery')).toBe('⚠ Not sending · Nursery');
    expect(iconOf({ kind: 'sending' })).not.toBe(iconOf({ kind: 'waiting', trouble: 'noServer', retryAt: 0 }));
  });
  it('names who is watching', () => {
    expect(watcherWords({ count: 0, names: [] })).toBe('Nobody is watching');
    expect(watcherWords({ count: 2, names: ['Ana', 'Ana'] })).toBe('Ana is watching');
    expect(watcherWords({ count: 3, names: ['Ana', 'Bo', 'Cy'] })).toBe('Ana, Bo and Cy are watching');
    expect(watcherWords({ count: 2, names: [] })).toBe('2 are watching');
  });
  it('warns about a battery only where one is known to run down', () => {
    expect([batteryHint(null, null), batteryHint(0.1, true), batteryHint(0.1, null)]).toEqual([null, null, null]);
    expect(batteryHint(0.34, false)?.tone).toBe('quiet');
    expect(batteryHint(0.18, false)).toEqual({ tone: 'bad', words: 'Battery at 18 % and not charging. Plug it in now.' });
  });
  it('judges the connection by delay and loss', () => {
    expect(signalWords(null)).toBeNull();
    expect(signalWords({ rttMs: 12, lossPercent: 0, bitrate: 1 })?.tone).toBe('good');
    expect(signalWords({ rttMs: 12, lossPercent: 4, bitrate: 1 })?.tone).toBe('busy');
    expect(signalWords({ rttMs: 900, lossPercent: 0, bitrate: 1 })?.tone).toBe('bad');
  });
});

describe('what parents read about the phone', () => {
  const now = Date.parse('2026-01-01T03:00:00Z');
  const phone = (change: Partial<RoomPhone>): RoomPhone => ({
    online: true,
    waiting: false,
    lastSeenAt: '2026-01-01T02:59:48Z',
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
  it('is its name, battery and what is wrong', () => {
    expect(phoneWords(phone({}), now)).toEqual({ tone: 'busy', words: 'Anna’s old phone · 34 %, not charging' });
    expect(phoneWords(phone({ charging: true }), now)).toEqual({ tone: 'good', words: 'Anna’s old phone · 34 %, charging' });
    expect(phoneWords(phone({ battery: 0.1, lossPercent: 20 }), now)).toEqual({
      tone: 'bad',
      words: 'Anna’s old phone · 10 %, not charging · weak connection',
    });
    expect(phoneWords(phone({ battery: null, charging: null, deviceName: '' }), now)).toEqual({ tone: 'good', words: 'The phone' });
  });
  it('says loudly that nobody would hear the child', () => {
    const muted = { tone: 'bad', words: 'Anna’s old phone hears nothing: its microphone is muted, perhaps by a call' };
    expect(phoneWords(phone({ microphone: 'muted' }), now)).toEqual(muted);
    expect(phoneWords(phone({ microphone: 'lost' }), now)).toMatchObject({
      tone: 'bad',
      words: expect.stringMatching(/lost its microphone$/),
    });
    expect(phoneWords(phone({ microphone: 'none' }), now).tone).toBe('bad');
    expect(phoneWords(phone({ microphone: 'on', charging: true }), now).tone).toBe('good');
  });
  it('says since when it is gone', () => {
    expect(phoneWords(phone({ online: false }), now)).toEqual({ tone: 'bad', words: 'Anna’s old phone has been gone for 12 s' });
    expect(phoneWords(phone({ online: false }), now + 600_000).words).toMatch(/gone for 10 min$/);
    expect(phoneWords(phone({ online: false, waiting: true }), now)).toEqual({
      tone: 'busy',
      words: 'Anna’s old phone is there, and does not send yet: tap “Start sending” on it',
    });
    expect(phoneWords(phone({ online: false, lastSeenAt: null }), now)).toEqual({
      tone: 'busy',
      words: 'No phone has been here yet: Settings shows a code for it',
    });
  });
});

describe('the key of a room', () => {
  it('is kept over a reload, and forgotten when asked', () => {
    const kept = new Map<string, string>();
    const keep = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
      removeItem: (name: string) => void kept.delete(name),
    };
    const store = new RoomStore(keep);
    expect(store.current).toBeNull();
    store.put({ key: 'abcdefgh.x', cameraId: 3, cameraName: 'Nursery', householdName: 'Home' });
    store.change({ running: true });
    expect(new RoomStore(keep).current).toMatchObject({ cameraId: 3, running: true });
    store.forget();
    expect(new RoomStore(keep).current).toBeNull();
    kept.set('vigil.room', '{"key":1}');
    expect(new RoomStore(keep).current).toBeNull();
    expect(new RoomStore(null).current).toBeNull();
  });
  it('comes from a code, which leaves the address bar at once', () => {
    const replaceState = vi.fn();
    const past = { replaceState, state: null };
    expect(takePairingCode({ hash: '#pair=ABCD-2345', pathname: '/app/camera', search: '' }, past)).toBe('ABCD-2345');
    expect(replaceState).toHaveBeenCalledWith(null, '', '/app/camera');
    expect(takePairingCode({ hash: '#pair=%00<script>', pathname: '/app/camera', search: '' }, past)).toBeNull();
    expect(replaceState).toHaveBeenCalledTimes(2);
    expect(takePairingCode({ hash: '', pathname: '/app/camera', search: '' }, past)).toBeNull();
    expect(replaceState).toHaveBeenCalledTimes(2);
  });
  it('takes a code as it is typed, or the whole address', () => {
    expect(pairingCode(' ABCD-2345 ')).toBe('ABCD-2345');
    expect(pairingCode('https://home:8443/app/camera#pair=ABCD')).toBe('ABCD');
    expect(pairingCode('no code at all')).toBeNull();
    expect(pairingCode('#pair=')).toBeNull();
  });
});

describe('camera and microphone', () => {
  it('are asked for without the tricks that erase a cry', () => {
    expect(audioWish({ facing: 'user' }, false)).toEqual({ autoGainControl: false, noiseSuppression: false, echoCancellation: false });
    expect(audioWish({ facing: 'user', microphone: 'm' }, true)).toMatchObject({ echoCancellation: true, deviceId: { ideal: 'm' } });
    expect(videoWish({ facing: 'environment' })).toMatchObject({ facingMode: { ideal: 'environment' }, width: { ideal: 1280 } });
    expect(videoWish({ facing: 'environment', camera: 'c' })).not.toHaveProperty('facingMode');
  });

  const track = (kind: string) => {
    const one = {
      kind,
      readyState: 'live',
      muted: false,
      onended: null as (() => void) | null,
      onmute: null as (() => void) | null,
      stop: () => {
        one.readyState = 'ended';
      },
    };
    return one;
  };
  const streamOf = (...tracks: ReturnType<typeof track>[]) => ({
    getTracks: () => tracks,
    getAudioTracks: () => tracks.filter(({ kind }) => kind === 'audio'),
    addTrack: (one: ReturnType<typeof track>) => tracks.push(one),
    removeTrack: (one: ReturnType<typeof track>) => tracks.splice(tracks.indexOf(one), 1),
  });
  const captureWith = (ask: (wish: MediaStreamConstraints) => Promise<unknown>) => {
    const asked: MediaStreamConstraints[] = [];
    const ended = vi.fn();
    const muted = vi.fn();
    const getUserMedia = (wish: MediaStreamConstraints) => {
      asked.push(wish);
      return ask(wish) as Promise<MediaStream>;
    };
    return {
      asked,
      ended,
      muted,
      capture: new Capture({ facing: 'environment' }, { ended, muted, changed: () => undefined }, { getUserMedia } as never),
    };
  };

  it('are opened once, and again when another app took one of them', async () => {
    const { asked, ended, muted, capture } = captureWith(async () => streamOf(track('video'), track('audio')));
    const [first, same] = await Promise.all([capture.ensure(), capture.ensure()]);
    expect(same).toBe(first);
    expect(await capture.ensure()).toBe(first);
    expect(asked).toHaveLength(1);
    const video = first.getTracks()[0] as unknown as ReturnType<typeof track>;
    video.readyState = 'ended';
    video.onended?.();
    expect(ended).toHaveBeenCalledOnce();
    const sound = first.getAudioTracks()[0] as unknown as ReturnType<typeof track>;
    sound.onmute?.();
    expect(muted).toHaveBeenCalledOnce();
    expect(await capture.ensure()).not.toBe(first);
    expect(first.getTracks().every(({ readyState }) => readyState === 'ended')).toBe(true);
  });
  it('give a microphone track with echo cancellation only while something plays', async () => {
    const { asked, capture } = captureWith(async (wish) =>
      wish.video ? streamOf(track('video'), track('audio')) : streamOf(track('audio')),
    );
    const stream = await capture.ensure();
    const before = stream.getAudioTracks()[0];
    expect(await capture.setPlaying(false)).toBeNull();
    const next = await capture.setPlaying(true);
    expect(asked[1]).toEqual({ audio: { autoGainControl: false, noiseSuppression: false, echoCancellation: true } });
    expect([before?.readyState, stream.getAudioTracks()]).toEqual(['ended', [next]]);
  });
  it('get a new microphone when the present one stays muted, and the picture goes on', async () => {
    const { asked, capture } = captureWith(async (wish) =>
      wish.video ? streamOf(track('video'), track('audio')) : streamOf(track('audio')),
    );
    const stream = await capture.ensure();
    const [video, before] = stream.getTracks() as unknown as ReturnType<typeof track>[];
    if (!before) throw new Error('no microphone');
    before.muted = true;
    expect(capture.isDeaf).toBe(true);
    expect(await capture.hearAgain(1000)).toBeNull();
    before.muted = false;
    expect(await capture.hearAgain(2000)).toBeNull();
    before.muted = true;
    expect(await capture.hearAgain(3000)).toBeNull();
    expect(await capture.hearAgain(2999 + DEAF_MS)).toBeNull();
    expect(asked).toHaveLength(1);
    const next = await capture.hearAgain(3000 + DEAF_MS);
    expect(stream.getTracks()).toEqual([video, next]);
    expect([video?.readyState, before.readyState, next?.readyState, capture.isDeaf]).toEqual(['live', 'ended', 'live', false]);
  });
  it('keep the newest of two microphones that were asked for at once', async () => {
    const answers: (() => void)[] = [];
    const { capture } = captureWith((wish) =>
      wish.video
        ? Promise.resolve(streamOf(track('video'), track('audio')))
        : new Promise((give) => answers.push(() => give(streamOf(track('audio'))))),
    );
    const stream = await capture.ensure();
    const both = [capture.setPlaying(true), capture.setPlaying(false)];
    for (const answer of answers.reverse()) answer();
    const [first, second] = await Promise.all(both);
    expect(first).toBeNull();
    expect(stream.getAudioTracks()).toEqual([second]);
  });
  it('do without a microphone where there is none', async () => {
    const { capture } = captureWith(async (wish) => {
      if (wish.audio) throw Object.assign(new Error('no mic'), { name: 'NotFoundError' });
      return streamOf(track('video'));
    });
    expect((await capture.ensure()).getAudioTracks()).toHaveLength(0);
  });
  it('that fail are told apart: never again, or again and again', () => {
    const named = (name: string) => captureFailure(Object.assign(new Error(), { name }));
    expect(named('NotAllowedError').end).toBe('notAllowed');
    expect(named('NotReadableError').trouble).toBe('cameraTaken');
    expect(named('NotFoundError').trouble).toBe('noCamera');
  });
  it('have names a person understands', () => {
    const device = (kind: 'videoinput' | 'audioinput', deviceId: string, label: string) => ({ kind, deviceId, label });
    const all = lenses(
      [
        device('videoinput', 'a', 'camera2 0, facing back'),
        device('videoinput', 'b', 'camera2 1, facing front'),
        device('videoinput', 'c', 'camera2 2, facing back'),
        device('videoinput', 'd', 'HD Webcam (04f2:b6d0)'),
        device('videoinput', 'e', ''),
        device('audioinput', 'f', 'Mic'),
      ],
      'videoinput',
    );
    expect(all.map(({ name }) => name)).toEqual(['Back camera', 'Front camera', 'Back camera 2', 'HD Webcam', 'Camera 5']);
    expect(nextLens(all, 'e')?.id).toBe('a');
    expect(nextLens(all.slice(0, 1), 'a')).toBeUndefined();
  });
});

describe('publishing', () => {
  it('says that a browser cannot send H.264 instead of sending the sound alone', async () => {
    vi.stubGlobal('RTCRtpSender', { getCapabilities: () => ({ codecs: [{ mimeType: 'video/VP8' }, { mimeType: 'video/rtx' }] }) });
    const stream = { getVideoTracks: () => [{}] } as unknown as MediaStream;
    const sent = publish(stream, { address: '/api/v1/cameras/1/whip', key: 'k' }, vi.fn(), new AbortController().signal);
    await expect(sent).rejects.toMatchObject({ trouble: 'noCodec' });
    vi.unstubAllGlobals();
  });

  it('offers the H.264 that everything decodes, first', () => {
    const codec = (mimeType: string, sdpFmtpLine = '') => ({ mimeType, sdpFmtpLine });
    const best = codec('video/H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f');
    const list = preferH264([
      codec('video/VP8'),
      codec('video/rtx'),
      codec('video/H264', 'packetization-mode=0;profile-level-id=42e01f'),
      codec('video/H264', 'packetization-mode=1;profile-level-id=640034'),
      best,
    ]);
    expect(list[0]).toBe(best);
    expect(list.map(({ mimeType }) => mimeType)).toEqual(['video/H264', 'video/H264', 'video/H264', 'video/rtx']);
  });
  it('ends only for a refused key; everything else is worth another try', () => {
    expect(refusalOf(401, undefined).end).toBe('revoked');
    expect(refusalOf(409, 'paused').trouble).toBe('paused');
    expect(refusalOf(409, 'anotherDevice').trouble).toBe('anotherDevice');
    expect(refusalOf(503, undefined).trouble).toBe('noServer');
    for (const status of [403, 404, 409, 429]) expect(refusalOf(status, undefined)).toMatchObject({ trouble: 'refused', end: null });
  });
  it('is measured by the difference of two looks', () => {
    const at = (time: number, bytes: number, packets: number, lost: number, frames: number) =>
      sampleOf(
        [
          { type: 'outbound-rtp', kind: 'video', bytesSent: bytes, packetsSent: packets, framesSent: frames },
          { type: 'outbound-rtp', kind: 'audio', bytesSent: 0, packetsSent: 0 },
          { type: 'remote-inbound-rtp', packetsLost: lost },
          { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.0123 },
          { type: 'codec' },
        ],
        time,
      );
    const quality = qualityBetween(at(0, 0, 0, 0, 0), at(2000, 250_000, 200, 3, 50));
    expect(quality).toEqual({ rttMs: 12, lossPercent: 1.5, bitrate: 1_000_000 });
    expect(qualityBetween(at(2000, 9, 9, 9, 9), at(2000, 0, 0, 0, 0))).toEqual({ rttMs: 12, lossPercent: null, bitrate: null });
  });
});

describe('a report', () => {
  it('changes only when something worth knowing has', () => {
    const view = (rttMs: number) => ({
      battery: null,
      quality: { rttMs, lossPercent: 0.2, bitrate: 1_234_567 },
      playing: false,
      hasMicrophone: true,
      deaf: false,
      sender: { kind: 'sending' } as const,
    });
    expect(reportOf(view(31), true)).toEqual(reportOf(view(48), true));
    expect(reportOf(view(31), true)).toEqual({
      battery: null,
      charging: null,
      rttMs: 40,
      lossPercent: 0,
      bitrate: 1_200_000,
      screen: 'dark',
      playing: false,
      microphone: 'on',
    });
    expect(reportOf({ ...view(31), deaf: true }, true).microphone).toBe('muted');
    expect(reportOf({ ...view(31), hasMicrophone: false }, true).microphone).toBe('none');
    const waiting = { kind: 'waiting', trouble: 'anotherDevice', retryAt: 0 } as const;
    expect(reportOf({ ...view(31), deaf: true, sender: waiting }, true).microphone).toBeNull();
  });
});

describe('the battery', () => {
  it('is watched where the browser tells, and not where it does not', async () => {
    const manager = Object.assign(new EventTarget(), { level: 0.5, charging: true });
    const told: unknown[] = [];
    const stop = watchBattery((battery) => told.push(battery), { getBattery: async () => manager });
    await vi.waitFor(() => expect(told).toHaveLength(1));
    manager.charging = false;
    manager.dispatchEvent(new Event('chargingchange'));
    stop();
    manager.dispatchEvent(new Event('levelchange'));
    expect(told).toEqual([
      { level: 0.5, charging: true },
      { level: 0.5, charging: false },
    ]);
    expect(() => watchBattery(() => undefined, {})()).not.toThrow();
  });
});

describe('the screen', () => {
  it('is asked for again after a refusal, and not while it is held', async () => {
    const held: boolean[] = [];
    const answers = [
      Promise.reject(new Error('low battery')),
      Promise.resolve(Object.assign(new EventTarget(), { release: async () => undefined })),
    ];
    const request = vi.fn(() => answers.shift());
    Object.defineProperty(navigator, 'wakeLock', { configurable: true, value: { request } });
    const lock = new ScreenLock((now) => held.push(now));
    lock.hold();
    await vi.waitFor(() => expect(held).toEqual([false]));
    lock.again();
    await vi.waitFor(() => expect(held).toEqual([false, true]));
    lock.again();
    lock.release();
    expect(request).toHaveBeenCalledTimes(2);
    Reflect.deleteProperty(navigator, 'wakeLock');
  });
});

describe('the dark screen', () => {
  it('never leaves its clock in one place', () => {
    const places = Array.from({ length: 60 }, (_, minute) => driftAt(minute));
    expect(new Set(places.map(({ left, top }) => `${left} ${top}`)).size).toBe(60);
    for (const { left, top } of places) {
      expect(left).toBeGreaterThanOrEqual(12);
      expect(left).toBeLessThanOrEqual(72);
      expect(top).toBeLessThanOrEqual(80);
    }
  });
});
