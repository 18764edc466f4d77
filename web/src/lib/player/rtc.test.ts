import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { takenAgo } from './captureAge';
import { type CameraFacts, Patience, RtcChance } from './rtcChance';
import { wayWords } from './wayWords';
import { CONNECT_WITHIN_MS, refuses, WhepSession, withReferenceTime } from './whep';

const facts = (change: Partial<CameraFacts> = {}): CameraFacts => ({ live: true, videoCodec: 'H.264', hasSound: true, ...change });

function chanceWith(change: Partial<CameraFacts> = {}, network = new Patience()) {
  const chance = new RtcChance(network);
  chance.facts = facts(change);
  return chance;
}

describe('the chance of WebRTC', () => {
  it('is there for a live H.264 camera, and for one whose codec is not known yet', () => {
    expect(chanceWith().mayTry(0, true)).toBe(true);
    expect(chanceWith({ videoCodec: null }).mayTry(0, false)).toBe(true);
    expect(chanceWith({ videoCodec: 'H.265' }).mayTry(0, false)).toBe(false);
    expect(chanceWith({ live: false }).mayTry(0, false)).toBe(false);
  });

  it('is remembered as lost for every camera when the network lets nothing through, longer each time', () => {
    const network = new Patience();
    const nursery = chanceWith({}, network);
    const garden = chanceWith({}, network);
    nursery.failed('unreachable', 0);
    expect(garden.mayTry(59_999, false)).toBe(false);
    expect(garden.mayTry(60_000, false)).toBe(true);
    garden.failed('unreachable', 63_000);
    expect(nursery.mayTry(182_999, false)).toBe(false);
    expect(nursery.mayTry(183_000, false)).toBe(true);
  });

  it('comes back with another network', () => {
    const chance = chanceWith();
    chance.failed('unreachable', 0);
    chance.failed('stopped', 0);
    chance.networkChanged();
    expect(chance.mayTry(1, false)).toBe(true);
  });

  it('is lost for a while when pictures stopped, and for this camera alone', () => {
    const network = new Patience();
    const nursery = chanceWith({}, network);
    nursery.failed('stopped', 1000);
    expect(nursery.mayTry(5999, false)).toBe(false);
    expect(nursery.mayTry(6000, false)).toBe(true);
    expect(chanceWith({}, network).mayTry(1000, false)).toBe(true);
    nursery.failed('stopped', 7000);
    expect(nursery.mayTry(16_999, false)).toBe(false);
    // A good minute later the first failures are forgiven.
    nursery.failed('stopped', 100_000);
    expect(nursery.mayTry(105_000, false)).toBe(true);
  });

  it('without sound is lost for listening only', () => {
    const chance = chanceWith();
    chance.failed('noSound', 0);
    expect(chance.mayTry(1, true)).toBe(false);
    expect(chance.mayTry(1, false)).toBe(true);
  });
});

describe('the age of a WebRTC picture', () => {
  const report = (value: number | undefined) =>
    new Map([
      ['a', { type: 'inbound-rtp', kind: 'audio', estimatedPlayoutTimestamp: 1 }],
      ['v', { type: 'inbound-rtp', kind: 'video', estimatedPlayoutTimestamp: value }],
    ]);
  const now = 1_795_264_316_087;

  it('is the same in browsers that count from 1900 and from 1970', () => {
    expect(takenAgo(report(now - 57 + 2_208_988_800_000), now)).toBe(57);
    expect(takenAgo(report(now - 57), now)).toBe(57);
  });
  it('is not made up where the browser does not say', () => {
    expect(takenAgo(report(undefined), now)).toBeNull();
    expect(takenAgo(new Map(), now)).toBeNull();
  });
});

describe('the way in words', () => {
  it('names itself, and what was better but failed', () => {
    expect(wayWords({ path: 'webrtc', passedOver: null })).toBe('WebRTC');
    expect(wayWords({ path: 'mse', passedOver: null })).toBe('MSE');
    expect(wayWords({ path: 'mse', passedOver: 'unreachable' })).toBe('MSE (WebRTC does not get through this network)');
  });
});

describe('an offer', () => {
  it('asks for the reference time of H.264 once', () => {
    const line = 'a=rtpmap:102 H264/90000\r\n';
    const asked = withReferenceTime(`m=video\r\n${line}a=rtpmap:96 VP8/90000\r\n`);
    expect(asked).toBe(`m=video\r\n${line}a=rtcp-fb:102 rrtr\r\na=rtpmap:96 VP8/90000\r\n`);
    expect(withReferenceTime(asked)).toBe(asked);
  });
  it('is refused in part by a port of zero', () => {
    expect(refuses('v=0\r\nm=audio 0 UDP/TLS/RTP/SAVPF 111\r\n', 'audio')).toBe(true);
    expect(refuses('v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n', 'audio')).toBe(false);
  });
});

class TestPeer {
  static last: TestPeer;
  connectionState = 'new';
  iceConnectionState = 'new';
  localDescription: { sdp: string } | null = null;
  ontrack = null;
  onconnectionstatechange: (() => void) | null = null;
  closed = false;
  constructor() {
    TestPeer.last = this;
  }
  addTransceiver = () => undefined;
  createOffer = async () => ({ type: 'offer', sdp: 'v=0\r\n' });
  setLocalDescription = async (offer: { sdp: string }) => {
    this.localDescription = offer;
  };
  setRemoteDescription = async () => undefined;
  close = () => {
    this.closed = true;
  };
  becomes(state: string) {
    this.connectionState = this.iceConnectionState = state;
    this.onconnectionstatechange?.();
  }
}

describe('a WHEP session', () => {
  const asked: { method: string; path: string }[] = [];
  let answer: () => Response;
  beforeEach(() => {
    asked.length = 0;
    answer = () => new Response('v=0\r\nm=video 9 X 96\r\n', { status: 201, headers: { Location: '/api/v1/cameras/1/whep/abc' } });
    vi.useFakeTimers();
    vi.stubGlobal('RTCPeerConnection', TestPeer);
    vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
      asked.push({ method: init.method ?? '', path: address });
      return init.method === 'POST' ? answer() : new Response(null, { status: 200 });
    });
  });
  afterEach(() => vi.useRealTimers());
  const start = () => {
    const said: string[] = [];
    const session = new WhepSession(
      '/api/v1/cameras/1/whep?household=2',
      { video: true, audio: false },
      { track: () => undefined, connected: (on) => said.push(on ? 'connected' : 'not'), failed: (why) => said.push(why) },
    );
    return { session, said };
  };

  it('that gets no media through fails in time, and tells the server', async () => {
    const { said } = start();
    await vi.advanceTimersByTimeAsync(CONNECT_WITHIN_MS);
    expect(said).toEqual(['unreachable']);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/cameras/1/whep?household=2',
      'DELETE /api/v1/cameras/1/whep/abc?household=2',
    ]);
    expect(TestPeer.last.closed).toBe(true);
  });

  it('that is connected stays, and its end is told once', async () => {
    const { said, session } = start();
    await vi.advanceTimersByTimeAsync(10);
    TestPeer.last.becomes('connected');
    await vi.advanceTimersByTimeAsync(60_000);
    TestPeer.last.becomes('failed');
    session.close();
    expect(said).toEqual(['connected', 'stopped']);
  });

  it('closed before the answer still frees the server’s side', async () => {
    const { session, said } = start();
    session.close();
    await vi.advanceTimersByTimeAsync(10);
    expect(asked.at(-1)?.method).toBe('DELETE');
    expect(said).toEqual([]);
  });

  it.each([
    [406, 'noCodec'],
    [503, 'notNow'],
    [409, 'notNow'],
  ])('refused with %s is %s', async (status, why) => {
    answer = () => new Response('{}', { status });
    const { said } = start();
    await vi.advanceTimersByTimeAsync(10);
    expect(said).toEqual([why]);
  });
});
