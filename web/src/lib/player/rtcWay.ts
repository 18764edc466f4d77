import type { ServerClock } from '../serverClock';
import { RtcChance } from './rtcChance';
import { RtcSink } from './rtcSink';
import { makeVideo } from './sink';
import type { Freshness } from './staleClock';
import type { PlayerOptions } from './view';
import { hasWebRtc, type WhepFailure } from './whep';

/** WebRTC without a new picture for this long: another way may have one. */
const STALL_MS = 4000;

export type RtcStage = {
  /** A trial has a picture: it takes over, and nobody saw a gap. */
  takesOver: (sink: RtcSink) => void;
  shown: (ageMs: number | null) => void;
  /** The way on the screen is over; its last picture still stands in the sink's element. */
  lost: (sink: RtcSink) => void;
  changed: () => void;
  soundBlocked: () => void;
};

/** WebRTC as one way of a player: on the screen, or on trial behind the picture of another way. */
export class RtcWay {
  readonly chance = new RtcChance();
  connected = false;
  private readonly address: string;
  private readonly clock: ServerClock;
  private readonly only: PlayerOptions['only'];
  private readonly stage: RtcStage;
  private current: RtcSink | null = null;
  private trial: RtcSink | null = null;

  constructor(options: PlayerOptions, stage: RtcStage) {
    this.address = options.addresses.webrtc;
    this.clock = options.clock;
    this.only = options.only;
    this.stage = stage;
    window.addEventListener('online', this.network);
  }

  mayTry(sound: boolean): boolean {
    return (!this.only || this.only === 'webrtc') && hasWebRtc() && this.chance.mayTry(performance.now(), sound);
  }

  begin(sound: boolean, element: HTMLVideoElement): RtcSink {
    this.leave();
    this.current = this.make(sound, element);
    return this.current;
  }

  /**
   * Gives up a picture that stands; and while another way has a live one, tries again behind it. A browser shows no pictures on a
   * hidden page, so ask only of a visible one.
   */
  look({ phase, sinceMs }: Freshness, sound: boolean): void {
    if (this.current) {
      if (phase === 'stale' && sinceMs !== null && sinceMs > STALL_MS) this.failed(this.current, 'stopped');
    } else if (!this.trial && (phase === 'live' || this.only === 'webrtc') && this.mayTry(sound)) {
      this.trial = this.make(sound, makeVideo());
    }
  }

  /** Another way is shown from here on. */
  leave(): void {
    this.trial?.close();
    this.trial = this.current = null;
    this.connected = false;
  }

  close(): void {
    this.leave();
    window.removeEventListener('online', this.network);
  }

  private make(sound: boolean, element: HTMLVideoElement): RtcSink {
    const serverNow = () => (this.clock.offsetMs === null ? null : Date.now() + this.clock.offsetMs);
    const sink: RtcSink = new RtcSink(
      this.address,
      sound,
      serverNow,
      {
        shown: (ageMs) => {
          if (sink === this.trial) {
            this.trial = null;
            this.current = sink;
            this.connected = true;
            this.stage.takesOver(sink);
          }
          this.chance.passedOver = null;
          this.stage.shown(ageMs);
        },
        connected: (connected) => {
          if (sink !== this.current) return;
          this.connected = connected;
          this.stage.changed();
        },
        failed: (why) => this.failed(sink, why),
        soundBlocked: () => this.stage.soundBlocked(),
      },
      element,
    );
    return sink;
  }

  private failed(sink: RtcSink, why: WhepFailure): void {
    if (sink !== this.trial && sink !== this.current) return;
    this.chance.failed(why, performance.now());
    if (sink === this.trial) {
      this.trial = null;
      sink.close();
      this.stage.changed();
    } else {
      this.current = null;
      this.connected = false;
      this.stage.lost(sink);
    }
  }

  private readonly network = () => this.chance.networkChanged();
}
