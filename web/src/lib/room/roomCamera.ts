import { browserTimers, openBrowserSocket, socketAddress } from '../timers';
import { watchBattery } from './battery';
import { Capture, captureFailure } from './capture';
import { qualityBetween, type Sample, type StatsEntry, sampleOf } from './linkStats';
import type { Choice, RoomKey } from './roomKey';
import { reportOf } from './roomReport';
import { type RoomLink, type RoomMessage, RoomSocket } from './roomSocket';
import { firstView, type RoomView } from './roomView';
import { ScreenLock } from './screenLock';
import { type End, LinkFailure, Sender, type SenderState, type Trouble } from './sender';
import { whenBack } from './whenBack';
import { type Published, publish } from './whip';

/** How often the connection is measured and told. */
const LOOK_EVERY_MS = 2500;
/** No picture left the phone for this long, though the page is in front: its camera hangs. */
export const HUNG_MS = 10_000;

/** This device as a camera: microphone and lens, the sender, the line to Vigil, the battery, the screen. No React in here. */
export class RoomCamera {
  private readonly key: RoomKey;
  private readonly listeners = new Set<() => void>();
  private readonly heard = new Set<(message: RoomMessage) => void>();
  private readonly capture: Capture;
  private readonly sender: Sender;
  private readonly socket: RoomSocket;
  /** Tells parents that this page is open while nothing is sent yet. */
  private readonly waiting: RoomSocket;
  private readonly lock: ScreenLock;
  private view: RoomView;
  private published: Published | null = null;
  private lost: (trouble: Trouble) => void = () => undefined;
  private sample: Sample | null = null;
  private framesAt = 0;
  private ticker = 0;
  private dark = false;
  /** What ends with sending; empty while nothing is sent. */
  private readonly endings: (() => void)[] = [];

  constructor(key: RoomKey, choice: Choice) {
    this.key = key;
    this.capture = new Capture(choice, {
      ended: () => this.trackEnded(),
      muted: () => this.hearingChanged(),
      changed: (stream) => this.put({ stream, hasMicrophone: stream === null || stream.getAudioTracks().length > 0 }),
    });
    this.sender = new Sender(
      (lost, signal, again) => this.open(lost, signal, again),
      (sender) => this.senderChanged(sender),
    );
    this.socket = new RoomSocket(socketAddress('/ws/room'), key.key, {
      onLink: (link) => this.linkChanged(link),
      onMessage: (message) => this.take(message),
    });
    const whileWaiting = {
      onLink: (link: RoomLink) => link === 'revoked' && this.stop(link),
      onMessage: (message: RoomMessage) => this.takeNames(message),
    };
    this.waiting = new RoomSocket(socketAddress('/ws/room'), key.key, whileWaiting, openBrowserSocket, browserTimers, Math.random, false);
    this.lock = new ScreenLock((screenHeld) => this.put({ screenHeld }));
    this.view = firstView(this.sender.state, key.cameraName);
  }

  readonly get = () => this.view;

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  /** Everything the server says on the room's line: a voice that begins, a lullaby. */
  onMessage(listener: (message: RoomMessage) => void): () => void {
    this.heard.add(listener);
    return () => this.heard.delete(listener);
  }

  /** Shows what would be sent. */
  async preview(): Promise<void> {
    this.put({ previewFailure: null });
    this.waiting.start();
    try {
      await this.capture.ensure();
    } catch (error) {
      const { end, trouble } = error instanceof LinkFailure ? error : captureFailure(error);
      this.put({ previewFailure: end ?? trouble });
    }
  }

  /** Another lens or microphone, in the preview or while sending. */
  choose(choice: Choice): void {
    this.capture.choose(choice);
    if (this.isRunning) this.sender.restart();
    else void this.preview();
  }

  get isRunning(): boolean {
    return this.view.sender.kind !== 'ended';
  }

  start(): void {
    if (this.isRunning) return;
    this.waiting.stop();
    this.lock.hold();
    this.endings.push(
      watchBattery((battery) => {
        this.put({ battery });
        this.tell();
      }),
      whenBack(() => {
        this.sender.nudge();
        this.socket.nudge();
      }),
    );
    this.socket.start();
    this.sender.start();
    this.ticker = window.setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  /** Ends sending; the lens closes too, so that its light goes out. */
  stop(why: End = 'stopped'): void {
    window.clearInterval(this.ticker);
    for (const end of this.endings.splice(0)) end();
    this.lock.release();
    this.waiting.stop();
    this.socket.stop();
    this.published = null;
    this.sender.end(why);
    this.capture.close();
  }

  setDark(dark: boolean): void {
    this.dark = dark;
    this.tell();
  }

  /** Whoever plays sound on this phone says so before it begins and when it is over. */
  async setPlaying(playing: boolean): Promise<void> {
    this.put({ playing });
    this.tell();
    await this.sendMicrophone(this.capture.setPlaying(playing));
  }

  private async sendMicrophone(asked: Promise<MediaStreamTrack | null>): Promise<void> {
    const track = await asked.catch(() => null);
    if (track) await this.published?.replaceAudio(track).catch(() => undefined);
  }

  private async open(lost: (trouble: Trouble) => void, signal: AbortSignal, again: boolean): Promise<Published> {
    // A pause is for privacy: not even the lens opens.
    if (this.view.paused) throw new LinkFailure({ trouble: 'paused' });
    const stream = await this.capture.ensure();
    const where = { address: `/api/v1/cameras/${this.key.cameraId}/whip${again ? '?again=true' : ''}`, key: this.key.key };
    this.lost = lost;
    const published = await publish(stream, where, lost, signal);
    this.published = published;
    this.sample = null;
    this.framesAt = browserTimers.now();
    return published;
  }

  private trackEnded(): void {
    if (this.isRunning) this.lost('cameraTaken');
    else this.put({ stream: null });
  }

  private hearingChanged(): void {
    if (this.capture.isDeaf === this.view.deaf) return;
    this.put({ deaf: this.capture.isDeaf });
    this.tell();
  }

  private senderChanged(sender: SenderState): void {
    if (sender.kind !== 'sending') {
      this.published = null;
      this.sample = null;
    }
    this.put({ sender, ...(sender.kind === 'sending' ? {} : { quality: null }) });
    if (sender.kind === 'ended' && sender.why !== 'stopped' && this.endings.length > 0) this.stop(sender.why);
    this.tell();
  }

  private linkChanged(link: RoomLink): void {
    this.put({ link, ...(link === 'open' ? {} : { watchers: { count: 0, names: [] } }) });
    if (link === 'revoked' || link === 'elsewhere') this.stop(link);
    // The server answers again: whatever else waits may come now.
    if (link === 'open') {
      this.sender.nudge();
      this.tell();
      void this.askWhetherKnown();
    }
  }

  /** The connection itself notices a server that was started again only after ten seconds. */
  private async askWhetherKnown(): Promise<void> {
    const { published } = this;
    if (published && !(await published.known()) && published === this.published) this.lost('connection');
  }

  private take(message: RoomMessage): void {
    this.takeNames(message);
    if (typeof message.paused === 'boolean' && message.paused !== this.view.paused) this.setPaused(message.paused);
    if (message.type === 'watchers') {
      const names = Array.isArray(message.names) ? message.names.filter((name) => typeof name === 'string') : [];
      this.put({ watchers: { count: typeof message.count === 'number' ? message.count : names.length, names } });
    }
    for (const listener of this.heard) listener(message);
  }

  private takeNames({ type, cameraName, deviceName }: RoomMessage): void {
    if (type !== 'welcome') return;
    if (typeof cameraName === 'string') this.put({ cameraName });
    if (typeof deviceName === 'string') this.put({ deviceName });
  }

  private setPaused(paused: boolean): void {
    this.put({ paused });
    if (paused) {
      this.lost('paused');
      this.capture.close();
    } else this.sender.nudge();
  }

  private async look(): Promise<void> {
    this.lock.again();
    this.hearingChanged();
    // A hidden page is given no microphone anyway.
    if (!document.hidden) void this.sendMicrophone(this.capture.hearAgain(browserTimers.now()));
    const { published } = this;
    if (published) {
      const stats = await published.stats().catch(() => null);
      if (!stats || published !== this.published) return;
      const now = sampleOf(stats.values() as Iterable<StatsEntry>, browserTimers.now());
      if (this.sample) this.put({ quality: qualityBetween(this.sample, now) });
      if (!this.sample || now.frames > this.sample.frames || document.hidden) this.framesAt = now.at;
      this.sample = now;
      if (now.at - this.framesAt > HUNG_MS) {
        this.capture.close();
        this.lost('cameraTaken');
      }
    }
    this.tell();
  }

  private tell(): void {
    this.socket.tell(reportOf(this.view, this.dark));
  }

  private put(part: Partial<RoomView>): void {
    this.view = { ...this.view, ...part };
    for (const listener of this.listeners) listener();
  }
}
