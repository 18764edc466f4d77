import { describe, expect, it, vi } from 'vitest';
import { iceServersIn, takeIceServers } from './iceServers';

const link =
  '<stun:stun.example.org:3478>; rel="ice-server", <turn:turn.example.org:3478?transport=udp>; rel="ice-server"; ' +
  'username="1700000000:viewer_7_ab"; credential="L7tZ+Prc="; credential-type="password", </next>; rel="next"';

describe('the servers of an answer', () => {
  it('are those that its Link header calls so', () => {
    expect(iceServersIn(link)).toEqual([
      { urls: 'stun:stun.example.org:3478' },
      { urls: 'turn:turn.example.org:3478?transport=udp', username: '1700000000:viewer_7_ab', credential: 'L7tZ+Prc=' },
    ]);
    expect(iceServersIn(null)).toEqual([]);
    expect(iceServersIn('nonsense, <')).toEqual([]);
  });

  it('are given to the connection without changing the rest of it', () => {
    const setConfiguration = vi.fn();
    const peer = { getConfiguration: () => ({ bundlePolicy: 'max-bundle' }), setConfiguration } as unknown as RTCPeerConnection;
    takeIceServers(peer, null);
    expect(setConfiguration).not.toHaveBeenCalled();
    takeIceServers(peer, link);
    expect(setConfiguration).toHaveBeenCalledWith({ bundlePolicy: 'max-bundle', iceServers: iceServersIn(link) });
  });

  it('that a browser does not take leave the straight way', () => {
    const peer = {
      getConfiguration: () => ({}),
      setConfiguration: () => {
        throw new SyntaxError('no');
      },
    } as unknown as RTCPeerConnection;
    expect(() => takeIceServers(peer, link)).not.toThrow();
  });
});
