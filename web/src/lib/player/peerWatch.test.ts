import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualTimers, socketMaker } from '../../../tests/manualTimers';
import { type PeerView, PeerWatch } from './peerWatch';

/** A connection whose far side is the test. */
class TestPeer {
  static readonly made: TestPeer[] = [];
  localDescription: { sdp: string } | null = null;
  remote: unknown = null;
  connectionState = 'new';
  frames = 0;
  readonly candidates: unknown[] = [];
  closed = false;
  onconnectionstatechange: (() => void) | null = null;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  ontrack: unknown = null;
  readonly settings: RTCConfiguration;
  constructor(settings: RTCConfiguration) {
    this.settings = settings;
    TestPeer.made.push(this);
  }
  addTransceiver() {}
  createOffer = async () => ({ type: 'offer', sdp: 'our offer' });
  setLocalDescription = async (offer: { sdp: string }) => {
    this.localDescription = offer;
  };
  setRemoteDescription = async (answer: unknown) => {
    this.remote = answer;
  };
  addIceCandidate = async (candidate: unknown) => {
    this.candidates.push(candidate);
  };
  getStats = async () => new Map([['v', { type: 'inbound-rtp', kind: 'video', framesDecoded: this.frames }]]);
  close() {
    this.closed = true;
  }
}

const sockets = { current: socketMaker() };
/** What is returned from a constructor is what was made. */
function openSocket() {
  return sockets.current.open();
}
/** Lets promises go on. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

function start() {
  const timers = new ManualTimers();
  const views: PeerView[] = [];
  const video = { srcObject: null, videoWidth: 320, videoHeight: 240 } as unknown as HTMLVideoElement;
  const watch = new PeerWatch({ address: 'ws://x/ws/viewer', camera: 7, video, onView: (view) => views.push(view), timers });
  const says = async (type: string, payload: unknown) => {
    sockets.current.last.says({ type, payload });
    await settle();
  };
  const peer = () => {
    const last = TestPeer.made.at(-1);
    if (!last) throw new Error('nobody was called');
    return last;
  };
  const sent = () => sockets.current.last.sent.map((text) => JSON.parse(text) as { type: string; payload: Record<string, unknown> });
  const passes = async (ms: number) => {
    for (let at = 0; at < ms; at += 250) {
      timers.pass(250);
      await settle();
    }
  };
  const begins = async () => {
    sockets.current.last.opens();
    await says('watch_ready', { session_id: 's1', ice_servers: [{ urls: 'stun:x' }] });
  };
  return { timers, views, watch, says, peer, sent, passes, begins };
}

describe('a look at a paired device', () => {
  beforeEach(() => {
    sockets.current = socketMaker();
    TestPeer.made.length = 0;
    vi.stubGlobal('WebSocket', Object.assign(openSocket, { OPEN: 1 }));
    vi.stubGlobal('RTCPeerConnection', TestPeer);
    vi.stubGlobal('MediaStream', class {});
  });
  afterEach(() => vi.unstubAllGlobals());

  it('asks by the number of the camera and offers with the servers it was given', async () => {
    const { sent, peer, begins } = start();
    await begins();
    expect(sent().map((one) => one.type)).toEqual(['hello', 'watch_request', 'signal_offer']);
    expect(sent()[1]?.payload).toEqual({ camera_id: 7 });
    expect(sent()[2]?.payload).toEqual({ session_id: 's1', sdp: { type: 'offer', sdp: 'our offer' } });
    expect(peer().settings.iceServers).toEqual([{ urls: 'stun:x' }]);
  });

  it('takes an answer that is a text and one that is an object', async () => {
    for (const sdp of ['v=0', { type: 'answer', sdp: 'v=0' }]) {
      const { says, peer, begins } = start();
      await begins();
      await says('signal_answer', { session_id: 's1', sdp });
      expect(peer().remote).toEqual({ type: 'answer', sdp: 'v=0' });
    }
  });

  it('keeps candidates that come before the answer, and adds none of another session', async () => {
    const { says, peer, begins } = start();
    await begins();
    await says('signal_ice', { session_id: 's1', candidate: { candidate: 'early' } });
    await says('signal_ice', { session_id: 's9', candidate: { candidate: 'foreign' } });
    await says('signal_ice', { session_id: 's1', candidate: null });
    expect(peer().candidates).toEqual([]);
    await says('signal_answer', { session_id: 's1', sdp: 'v=0' });
    await says('signal_ice', { session_id: 's1', candidate: { candidate: 'late' } });
    expect(peer().candidates).toEqual([{ candidate: 'early' }, { candidate: 'late' }]);
  });

  it('is live only while pictures move', async () => {
    const { says, peer, begins, passes, views } = start();
    await begins();
    await says('signal_answer', { session_id: 's1', sdp: 'v=0' });
    expect(views).toEqual([]);
    peer().frames = 1;
    await passes(1000);
    expect(views.at(-1)).toMatchObject({ phase: 'live', width: 320, height: 240 });
    await passes(4000);
    expect(views.at(-1)?.phase).toBe('stale');
    peer().frames = 2;
    await passes(1000);
    expect(views.at(-1)?.phase).toBe('live');
  });

  it('asks again when the device does not answer, and says so', async () => {
    const { begins, passes, views } = start();
    await begins();
    await passes(21_000);
    expect(views.at(-1)).toMatchObject({ phase: 'connecting', why: 'The device does not answer' });
    expect(TestPeer.made[0]?.closed).toBe(true);
    await passes(2000);
    expect(sockets.current.made.length).toBe(2);
  });

  it('comes back when the device or the server has gone', async () => {
    const { says, begins, passes, views } = start();
    await begins();
    await says('watch_ended', { session_id: 's1', reason: 'device_disconnected' });
    expect(views.at(-1)).toMatchObject({ phase: 'offline', why: 'Device is offline' });
    await passes(1500);
    expect(sockets.current.made.length).toBe(2);
    sockets.current.last.opens();
    await says('watch_ready', { session_id: 's2', ice_servers: [] });
    await says('watch_ended', { session_id: 's2', reason: 'error' });
    expect(views.at(-1)).toMatchObject({ phase: 'connecting', why: 'The device could not answer' });
    await passes(3000);
    expect(sockets.current.made.length).toBe(3);
    sockets.current.last.opens();
    sockets.current.last.breaks();
    await passes(6000);
    expect(sockets.current.made.length).toBe(4);
  });

  it('gives up where it may not look, and tries on where the device is offline', async () => {
    const refused = start();
    sockets.current.last.opens();
    await refused.says('error', { message: 'Unauthorized' });
    expect(refused.views.at(-1)).toMatchObject({ phase: 'refused' });
    await refused.passes(60_000);
    expect(sockets.current.made.length).toBe(1);

    const offline = start();
    sockets.current.last.opens();
    await offline.says('error', { message: 'Device is offline' });
    expect(offline.views.at(-1)).toMatchObject({ phase: 'offline' });
    await offline.passes(1500);
    expect(sockets.current.made.length).toBe(3);
  });

  it('beats every half minute and says goodbye once when it is closed', async () => {
    const { says, sent, peer, begins, passes, watch } = start();
    await begins();
    await says('signal_answer', { session_id: 's1', sdp: 'v=0' });
    for (let second = 0; second < 31; second++) {
      peer().frames++;
      await passes(1000);
    }
    expect(sent().filter((one) => one.type === 'heartbeat').length).toBe(1);
    watch.close();
    expect(sent().at(-1)).toMatchObject({ type: 'end_watch', payload: { session_id: 's1' } });
    await passes(60_000);
    expect(sockets.current.made.length).toBe(1);
  });
});
