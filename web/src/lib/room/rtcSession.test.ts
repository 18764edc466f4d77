import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSession, withKey } from './rtcSession';
import { LinkFailure } from './sender';

/** As browsers have it: what was under way when it is closed never settles. */
class Peer {
  static last: Peer;
  connectionState = 'new';
  localDescription: { sdp: string } | null = null;
  onconnectionstatechange: (() => void) | null = null;
  order: string[] = [];
  constructor() {
    Peer.last = this;
  }
  createOffer = () =>
    new Promise<{ type: string; sdp: string }>((done) => setTimeout(() => !this.closed && done({ type: 'offer', sdp: 'v=0' }), 10));
  getConfiguration = () => ({});
  setConfiguration = () => this.order.push('servers');
  setLocalDescription = async () => void this.order.push('local');
  setRemoteDescription = async () => {
    this.order.push('remote');
    this.becomes('connected');
  };
  close = () => this.becomes('closed');
  get closed() {
    return this.connectionState === 'closed';
  }
  becomes(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

describe('a session of a room', () => {
  const where = withKey({ address: '/api/v1/cameras/1/talk/whep', key: 'k' });
  const asked = vi.fn(async () => new Response('v=0', { status: 201, headers: { Location: '/x', Link: '<turn:a:1>; rel="ice-server"' } }));
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('RTCPeerConnection', Peer);
    vi.stubGlobal('fetch', asked);
    asked.mockClear();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('that is given up while the browser is still thinking fails all the same', async () => {
    const abort = new AbortController();
    const opening = openSession(where, () => undefined, vi.fn(), abort.signal);
    const failed = expect(opening).rejects.toBeInstanceOf(LinkFailure);
    abort.abort();
    await failed;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Peer.last.closed).toBe(true);
    expect(asked).not.toHaveBeenCalled();
  });

  it('knows the servers of the answer before it looks for its own addresses', async () => {
    const opening = openSession(where, () => undefined, vi.fn());
    await vi.advanceTimersByTimeAsync(10);
    expect((await opening).isWell()).toBe(true);
    expect(Peer.last.order).toEqual(['servers', 'local', 'remote']);
  });

  it('asks whether the server still knows it, and names an ICE session as the server demands', async () => {
    const opening = openSession(where, () => undefined, vi.fn());
    await vi.advanceTimersByTimeAsync(10);
    const session = await opening;
    asked.mockResolvedValueOnce(new Response(null, { status: 204 }));
    expect(await session.known()).toBe(true);
    expect(asked).toHaveBeenLastCalledWith(
      '/x',
      expect.objectContaining({ method: 'PATCH', headers: expect.objectContaining({ 'If-Match': '*' }) }),
    );
    asked.mockResolvedValueOnce(new Response(null, { status: 404 }));
    expect(await session.known()).toBe(false);
  });
});
