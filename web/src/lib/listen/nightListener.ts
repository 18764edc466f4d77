import { Backoff } from '../backoff';
import { hasWebRtc, type WhepFailure } from '../player/whep';
import { hush } from './hush';
import { nowPlaying } from './nowPlaying';
import { RoomSound } from './roomSound';
import { type Hearing, Vigilance, type Word } from './vigilance';
import { Voice } from './voice';

const LOOK_EVERY_MS = 1000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;
/** A way that was begun gets this long to be heard before it is begun anew. */
const PATIENCE_MS = 8000;

export type ListenWay = 'webrtc' | 'hls';
/** blocked: the browser wants a touch first. paused: by the listener, from the lock screen. */
export type ListenView = { state: Hearing | 'blocked' | 'paused'; silentMs: number; way: ListenWay; why: WhepFailure | null };

export type ListenOptions = {
  room: string;
  addresses: { webrtc: string; hls: string };
  /** Where WebRTC sound stops with the screen (iPhone): its own player goes on. */
  preferHls: boolean;
  onView: (view: ListenView) => void;
  onStop: () => void;
};

/**
 * Plays a room through the night. One audio element holds the phone's media session and never pauses: it plays the room itself (HLS),
 * or almost nothing while the room comes by WebRTC through an audio graph. Its clock, which goes on in a hidden page, drives the watch.
 */
export class NightListener {
  private readonly options: ListenOptions;
  private readonly element = new Audio();
  private readonly hush = URL.createObjectURL(new Blob([hush()], { type: 'audio/wav' }));
  private readonly context = new AudioContext({ latencyHint: 'playback' });
  private readonly voice: Voice;
  private readonly backoff = new Backoff(FIRST_RETRY_MS, LAST_RETRY_MS);
  private readonly ticker: number;
  private readonly endNowPlaying: () => void;
  private vigilance = new Vigilance(performance.now());
  private sound: RoomSound | null = null;
  private way: ListenWay;
  private beganAt: number | null = null;
  private retryAt = 0;
  private lastPosition = 0;
  private paused = false;
  private blocked = false;
  private closed = false;
  private why: WhepFailure | null = null;

  constructor(options: ListenOptions) {
    this.options = options;
    this.voice = new Voice(this.context, options.room);
    this.way = (options.preferHls || !hasWebRtc()) && this.playsHls() ? 'hls' : 'webrtc';
    this.element.loop = true;
    this.element.addEventListener('timeupdate', this.look);
    this.element.addEventListener('error', this.broken);
    this.ticker = window.setInterval(this.look, LOOK_EVERY_MS);
    window.addEventListener('online', this.network);
    this.endNowPlaying = nowPlaying(options.room, { play: () => void this.resume(), pause: () => this.pause(), stop: options.onStop });
    void this.resume();
  }

  /** Call from a touch where the browser wants one. */
  async resume(): Promise<void> {
    this.paused = false;
    this.vigilance = new Vigilance(performance.now());
    this.begin();
    try {
      await Promise.all([this.context.resume(), this.element.play()]);
      this.blocked = false;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.blocked = true;
    }
    this.look();
  }

  pause(): void {
    this.paused = true;
    this.drop();
    this.element.pause();
    this.look();
  }

  close(): void {
    this.closed = true;
    window.clearInterval(this.ticker);
    window.removeEventListener('online', this.network);
    this.element.removeEventListener('timeupdate', this.look);
    this.element.removeEventListener('error', this.broken);
    this.drop();
    this.element.pause();
    this.element.removeAttribute('src');
    this.element.load();
    URL.revokeObjectURL(this.hush);
    this.endNowPlaying();
    void this.context.close();
  }

  private begin(): void {
    this.drop();
    this.beganAt = performance.now();
    this.lastPosition = 0;
    if (this.way === 'hls') {
      this.play(this.options.addresses.hls);
      return;
    }
    this.play(this.hush);
    if (!hasWebRtc()) return;
    this.sound = new RoomSound(this.options.addresses.webrtc, this.context, this.context.destination, {
      failed: (why) => this.failed(why),
    });
  }

  private play(address: string): void {
    if (this.element.src !== address) this.element.src = address;
    if (this.element.paused && !this.paused) this.element.play().catch(() => undefined);
  }

  private drop(): void {
    this.sound?.close();
    this.sound = null;
    this.beganAt = null;
  }

  private failed(why: WhepFailure | null): void {
    if (this.closed || this.paused) return;
    this.why = why;
    this.drop();
    // Whatever else the network lets through, it lets this page through: its player may hear what WebRTC cannot.
    if (this.way === 'hls') this.way = hasWebRtc() ? 'webrtc' : 'hls';
    else if (why !== 'notNow' && why !== 'stopped' && this.playsHls()) this.way = 'hls';
    this.play(this.hush);
    this.retryAt = performance.now() + this.backoff.next();
  }

  private playsHls(): boolean {
    return this.element.canPlayType('application/vnd.apple.mpegurl') !== '';
  }

  private arrived(): boolean {
    if (this.sound) return this.context.state === 'running' && this.sound.arrived();
    if (this.way !== 'hls' || this.beganAt === null || this.element.currentTime <= this.lastPosition) return false;
    this.lastPosition = this.element.currentTime;
    return true;
  }

  private readonly look = () => {
    if (this.closed) return;
    const now = performance.now();
    if (!this.paused) this.watch(now);
    const { hearing, word } = this.paused ? { hearing: 'starting' as const, word: null } : this.vigilance.look(now);
    this.say(word);
    const state = this.paused ? 'paused' : this.blocked ? 'blocked' : hearing;
    this.options.onView({ state, silentMs: this.vigilance.silentFor(now), way: this.way, why: this.why });
  };

  private watch(now: number): void {
    if (this.arrived()) {
      this.backoff.reset();
      this.why = null;
      this.say(this.vigilance.heard(now));
    } else if (this.beganAt === null) {
      if (now >= this.retryAt) this.begin();
    } else if (now - this.beganAt > PATIENCE_MS && this.vigilance.silentFor(now) > PATIENCE_MS) {
      this.failed('stopped');
    }
    // A call, or headphones pulled out, pauses the element or the graph; both are asked to go on.
    if (this.element.paused && !this.blocked) this.element.play().catch(() => undefined);
    if (this.context.state !== 'running' && !this.blocked) this.context.resume().catch(() => undefined);
  }

  private say(word: Word | null): void {
    if (word === 'lost') this.voice.lost();
    else if (word === 'back') this.voice.back();
  }

  private readonly broken = () => {
    if (this.way === 'hls' && this.beganAt !== null) this.failed('stopped');
  };

  private readonly network = () => {
    this.retryAt = 0;
    this.backoff.reset();
  };
}
