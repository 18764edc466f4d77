import { Backoff } from '../backoff';
import { browserTimers, type Timers } from '../timers';

/** How a look at a paired device goes. Nothing of its picture comes through the server; this only says whether one is on the screen. */
export type PeerView = {
  phase: 'connecting' | 'live' | 'stale' | 'offline' | 'refused';
  /** What the server or the device said last, when that explains why there is no picture. */
  why: string | null;
  /** The picture comes by way of a relay (TURN), still encrypted from end to end. */
  relayed: boolean;
  hasSound: boolean;
  width: number;
  height: number;
};

type Message = { type?: string; payload?: Record<string, unknown> };

/** What the end of a session means, where it means anything to a person. */
const endings: Record<string, string> = { device_disconnected: 'Device is offline', error: 'The device could not answer' };

/** Frames stop for this long before the picture counts as standing. */
const STALE_MS = 3000;
const LOOK_MS = 500;
const HEARTBEAT_MS = 30_000;
/** A device that answers no offer for this long is asked again. */
const ANSWER_MS = 20_000;

export type PeerWatchOptions = {
  address: string;
  camera: number;
  video: HTMLVideoElement;
  onView: (view: PeerView) => void;
  timers?: Timers;
};

/** One watch session after another with a paired device, until closed: the server introduces the two, and the picture goes straight. */
export class PeerWatch {
  private readonly options: PeerWatchOptions;
  private readonly timers: Timers;
  private readonly backoff = new Backoff(1000, 20_000);
  private readonly waits = new Set<number>();
  private socket: WebSocket | null = null;
  private peer: RTCPeerConnection | null = null;
  private session: string | null = null;
  private waiting: RTCIceCandidateInit[] = [];
  private described = false;
  private frames = 0;
  private framesAt = 0;
  private closed = false;
  private view: PeerView = { phase: 'connecting', why: null, relayed: false, hasSound: false, width: 0, height: 0 };

  constructor(options: PeerWatchOptions) {
    this.options = options;
    this.timers = options.timers ?? browserTimers;
    this.connect();
  }

  close(): void {
    this.closed = true;
    if (this.session) this.say('end_watch', { session_id: this.session });
    this.end();
    this.options.video.srcObject = null;
  }

  private connect(): void {
    if (this.closed) return;
    const socket = new WebSocket(this.options.address);
    this.socket = socket;
    socket.onopen = () => {
      this.say('hello', {});
      this.say('watch_request', { camera_id: this.options.camera });
      this.every(HEARTBEAT_MS, () => this.say('heartbeat', {}));
    };
    socket.onmessage = (event) => void this.take(String(event.data), socket);
    socket.onclose = () => {
      if (this.socket === socket) this.again(null);
    };
  }

  /** Nothing came of it, or it is over: once more after a while. */
  private again(why: string | null): void {
    if (this.closed) return;
    this.end();
    this.put({ phase: why === 'Device is offline' ? 'offline' : this.view.phase === 'live' ? 'stale' : 'connecting', why });
    this.after(this.backoff.next(), () => this.connect());
  }

  private end(): void {
    for (const wait of this.waits) this.timers.clear(wait);
    this.waits.clear();
    const { socket, peer } = this;
    this.socket = null;
    this.peer = null;
    this.session = null;
    this.waiting = [];
    this.described = false;
    peer?.close();
    socket?.close();
  }

  private async take(text: string, from: WebSocket): Promise<void> {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      return;
    }
    if (from !== this.socket) return;
    const payload = message.payload ?? {};
    try {
      if (message.type === 'watch_ready') await this.offer(String(payload.session_id), payload.ice_servers as RTCIceServer[]);
      else if (message.type === 'error') this.refuse(String(payload.message));
      else if (payload.session_id === this.session && this.session) await this.follow(message.type, payload);
    } catch {
      this.again('The device’s answer could not be used');
    }
  }

  private async follow(type: string | undefined, payload: Record<string, unknown>): Promise<void> {
    if (type === 'signal_answer') {
      const { sdp } = payload;
      await this.peer?.setRemoteDescription(typeof sdp === 'string' ? { type: 'answer', sdp } : (sdp as RTCSessionDescriptionInit));
      this.described = true;
      for (const candidate of this.waiting.splice(0)) await this.add(candidate);
    } else if (type === 'signal_ice') {
      const candidate = payload.candidate as RTCIceCandidateInit | null;
      if (!candidate) return;
      if (this.described) await this.add(candidate);
      else this.waiting.push(candidate);
    } else if (type === 'watch_ended') {
      this.again(endings[String(payload.reason)] ?? null);
    }
  }

  /** One that is not understood leaves the others. */
  private async add(candidate: RTCIceCandidateInit): Promise<void> {
    await this.peer?.addIceCandidate(candidate).catch(() => undefined);
  }

  private refuse(why: string): void {
    if (why === 'Session not found') return;
    if (why === 'Unauthorized' || why === 'Device not found') {
      this.end();
      this.put({ phase: 'refused', why });
    } else {
      this.again(why);
    }
  }

  private async offer(session: string, iceServers: RTCIceServer[]): Promise<void> {
    const peer = new RTCPeerConnection({ iceServers: iceServers ?? [] });
    this.peer = peer;
    this.session = session;
    peer.addTransceiver('video', { direction: 'recvonly' });
    peer.addTransceiver('audio', { direction: 'recvonly' });
    const stream = new MediaStream();
    peer.ontrack = ({ track }) => {
      stream.addTrack(track);
      this.options.video.srcObject = stream;
      void this.options.video.play().catch(() => undefined);
    };
    peer.onicecandidate = ({ candidate }) => {
      if (candidate) this.say('signal_ice', { session_id: session, candidate: candidate.toJSON() });
    };
    peer.onconnectionstatechange = () => {
      if (peer === this.peer && peer.connectionState === 'failed') this.again('No way between the two was found');
    };
    await peer.setLocalDescription(await peer.createOffer());
    if (peer !== this.peer) return;
    this.say('signal_offer', { session_id: session, sdp: { type: 'offer', sdp: peer.localDescription?.sdp } });
    this.frames = 0;
    this.framesAt = this.timers.now();
    this.every(LOOK_MS, () => void this.look(peer));
  }

  /** Whether pictures move: the only thing that makes this live. */
  private async look(peer: RTCPeerConnection): Promise<void> {
    const report = await peer.getStats().catch(() => null);
    if (peer !== this.peer || !report) return;
    let frames = 0;
    let hasSound = false;
    let relayed = false;
    report.forEach((stat) => {
      if (stat.type === 'inbound-rtp' && stat.kind === 'video') frames = stat.framesDecoded ?? 0;
      if (stat.type === 'inbound-rtp' && stat.kind === 'audio') hasSound = (stat.packetsReceived ?? 0) > 0;
      if (stat.type === 'candidate-pair' && stat.nominated && stat.state === 'succeeded') {
        relayed =
          report.get(stat.localCandidateId)?.candidateType === 'relay' || report.get(stat.remoteCandidateId)?.candidateType === 'relay';
      }
    });
    const now = this.timers.now();
    if (frames > this.frames) {
      this.frames = frames;
      this.framesAt = now;
      this.backoff.reset();
      const { videoWidth, videoHeight } = this.options.video;
      this.put({ phase: 'live', why: null, relayed, hasSound, width: videoWidth, height: videoHeight });
    } else if (this.view.phase === 'live' && now - this.framesAt > STALE_MS) {
      this.put({ phase: 'stale', why: null });
    }
    if (now - this.framesAt > ANSWER_MS) this.again(this.described ? 'The device sends no picture' : 'The device does not answer');
  }

  private put(change: Partial<PeerView>): void {
    const next = { ...this.view, ...change };
    if ((Object.keys(next) as (keyof PeerView)[]).every((key) => next[key] === this.view[key])) return;
    this.view = next;
    this.options.onView(next);
  }

  private say(type: string, payload: Record<string, unknown>): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ type, ts: new Date().toISOString(), payload }));
  }

  private after(ms: number, work: () => void): void {
    const wait = this.timers.set(() => {
      this.waits.delete(wait);
      work();
    }, ms);
    this.waits.add(wait);
  }

  private every(ms: number, work: () => void): void {
    const { socket } = this;
    this.after(ms, () => {
      if (socket !== this.socket) return;
      work();
      if (socket === this.socket) this.every(ms, work);
    });
  }
}
