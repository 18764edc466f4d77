import { takeIceServers } from '../iceServers';

/**
 * Why a session did not come to be, or ended. unreachable: the network lets no media through. noCodec: not for what this camera
 * sends. noSound: picture yes, sound no. notNow: the camera or the server has none at this moment. stopped: it was there and is gone.
 */
export type WhepFailure = 'unreachable' | 'noCodec' | 'noSound' | 'notNow' | 'stopped';

export type WhepEvents = {
  track: (track: MediaStreamTrack, receiver: RTCRtpReceiver) => void;
  connected: (connected: boolean) => void;
  failed: (why: WhepFailure) => void;
};

/** No media path within this time, and another way is better. */
export const CONNECT_WITHIN_MS = 3000;
const GOODBYE_MS = 2000;

/** Does this browser have WebRTC? */
export function hasWebRtc(): boolean {
  return typeof RTCPeerConnection === 'function';
}

/**
 * One WHEP session (draft-ietf-wish-whep): our offer by POST, the server's answer with all its addresses, DELETE at the end. The
 * server is ICE-lite and learns ours from checks, so nothing trickles.
 */
export class WhepSession {
  private readonly address: string;
  private readonly wants: { video: boolean; audio: boolean };
  private readonly events: WhepEvents;
  private readonly peer: RTCPeerConnection;
  private readonly deadline: number;
  private resource: string | null = null;
  private over = false;
  private wasConnected = false;

  constructor(address: string, wants: { video: boolean; audio: boolean }, events: WhepEvents) {
    this.address = address;
    this.wants = wants;
    this.events = events;
    this.peer = new RTCPeerConnection();
    if (wants.video) this.peer.addTransceiver('video', { direction: 'recvonly' });
    if (wants.audio) this.peer.addTransceiver('audio', { direction: 'recvonly' });
    this.peer.ontrack = ({ track, receiver }) => events.track(track, receiver);
    this.peer.onconnectionstatechange = () => this.changed();
    this.deadline = window.setTimeout(() => this.fail('unreachable'), CONNECT_WITHIN_MS);
    this.begin().catch(() => this.fail('notNow'));
  }

  getStats(): Promise<RTCStatsReport> {
    return this.peer.getStats();
  }

  /** `dead`: nothing came any more, so the server may long have forgotten the session, or be another one. It is not asked to end it. */
  close(dead = false): void {
    if (this.over) return;
    this.over = true;
    window.clearTimeout(this.deadline);
    this.peer.ontrack = this.peer.onconnectionstatechange = null;
    if (dead) this.resource = null;
    this.end();
  }

  private async begin(): Promise<void> {
    const { peer } = this;
    const offer = await peer.createOffer();
    const sdp = withReferenceTime(offer.sdp ?? '');
    const answer = await fetch(this.address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp' },
      body: sdp,
      credentials: 'same-origin',
    });
    const text = await answer.text();
    if (answer.ok) this.resource = answer.headers.get('Location');
    if (this.over) {
      // Given up meanwhile: the server need not wait for a viewer that never comes.
      this.end();
      return;
    }
    if (!answer.ok) {
      this.fail(answer.status === 406 || answer.status === 404 || answer.status === 405 ? 'noCodec' : 'notNow');
      return;
    }
    if (this.wants.video && refuses(text, 'video')) this.fail('noCodec');
    else if (this.wants.audio && refuses(text, 'audio')) this.fail('noSound');
    else {
      takeIceServers(peer, answer.headers.get('Link'));
      // A browser that takes only its own words answers to them as well: the server's answer is the same.
      await peer.setLocalDescription({ type: 'offer', sdp }).catch(() => peer.setLocalDescription(offer));
      await peer.setRemoteDescription({ type: 'answer', sdp: text });
    }
  }

  private changed(): void {
    const state = this.peer.connectionState;
    if (state === 'connected') {
      this.wasConnected = true;
      window.clearTimeout(this.deadline);
    }
    // What was connected once got through.
    if (state === 'failed' || state === 'closed') this.fail(this.wasConnected ? 'stopped' : 'unreachable');
    else this.events.connected(state === 'connected');
  }

  private fail(why: WhepFailure): void {
    if (this.over) return;
    this.close();
    this.events.failed(why);
  }

  /** The server is told before the connection closes, or its session would be gone when the word arrives. */
  private end(): void {
    const { peer, resource } = this;
    if (!resource || peer.connectionState === 'failed') {
      peer.close();
      return;
    }
    this.resource = null;
    const { search } = new URL(this.address, location.href);
    const signal = AbortSignal.timeout(GOODBYE_MS);
    void fetch(resource + search, { method: 'DELETE', credentials: 'same-origin', keepalive: true, signal })
      .catch(() => undefined)
      .finally(() => peer.close());
  }
}

/** Is this kind's section of the answer refused (RFC 8843 §7.3.3: port 0)? */
export function refuses(answer: string, kind: 'video' | 'audio'): boolean {
  return new RegExp(`^m=${kind} 0 `, 'm').test(answer);
}

/**
 * Asks for the receiver's reference time reports (RFC 3611 §4.4), without which a browser that hears no sound cannot map a picture
 * to the moment it was taken. Chromium knows them but does not offer them by itself.
 */
export function withReferenceTime(sdp: string): string {
  return sdp.replace(/a=rtpmap:(\d+) H264\/90000\r\n/g, (line, type: string) =>
    sdp.includes(`a=rtcp-fb:${type} rrtr`) ? line : `${line}a=rtcp-fb:${type} rrtr\r\n`,
  );
}
