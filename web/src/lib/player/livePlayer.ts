import { parseFragment, parseInit, type Track } from './boxes';
import { Failures } from './failures';
import { HlsSink, hasNativeHls } from './hlsSink';
import { LiveFeed, type StreamInfo } from './liveFeed';
import { MseSink, mediaSourceClass } from './mseSink';
import { keepTrack } from './onlyVideo';
import { type Path, pathsFor } from './paths';
import { PictureSink } from './pictureSink';
import type { CameraFacts } from './rtcChance';
import { RtcWay } from './rtcWay';
import { makeVideo, type Sink, type SinkEvents } from './sink';
import { SoundWish } from './soundWish';
import { Stage } from './stage';
import { StaleClock } from './staleClock';
import { codecList, type PlayerOptions, type PlayerView, sizeOf, visibleDifference } from './view';
import { WallClockMap } from './wallClockMap';
import { hasWebCodecs, WebCodecsSink } from './webCodecsSink';

/** How often the player looks at its own clock. Four times a second keeps "stale" well within its three seconds. */
const LOOK_EVERY_MS = 250;
/** Video arrives but the buffer with sound does not grow: the microphone has stopped. Then the picture matters more. */
const SOUND_STALL_MS = 2000;

/** Shows one camera. No React in here: it is given an element and reports what is on the screen. */
export class LivePlayer {
  private readonly options: PlayerOptions;
  private readonly feed: LiveFeed;
  private readonly stale = new StaleClock();
  private readonly wall = new WallClockMap();
  private readonly ticker: number;
  private readonly rtc: RtcWay;
  private readonly stage: Stage;
  private sink: Sink | null = null;
  private path: Path | null = null;
  private tracks: Track[] = [];
  private info: StreamInfo | null = null;
  private readonly failures = new Failures();
  private readonly sound = new SoundWish();
  private connected = false;
  private lastVideoFragmentAt = 0;
  private closed = false;
  private lastView = '';

  constructor(options: PlayerOptions) {
    this.options = options;
    this.stage = new Stage(options.host);
    this.feed = new LiveFeed(options.addresses.live, {
      onInit: (info, init) => void this.begin(info, init),
      onFragment: (fragment) => this.fragment(fragment),
      onUnsupported: () => {
        this.feed.stop();
        this.show('mjpeg');
      },
      onConnection: (connected) => {
        this.connected = connected;
        this.report();
      },
    });
    this.rtc = new RtcWay(options, {
      takesOver: (sink) => {
        this.feed.stop();
        sink.element.muted = !this.sound.on || this.sound.blocked;
        this.replace('webrtc', sink);
      },
      shown: (ageMs) => this.shownNow(ageMs),
      lost: (sink) => this.rtcLost(sink),
      changed: () => this.report(),
      soundBlocked: this.blocked,
    });
    this.ticker = window.setInterval(() => this.look(), LOOK_EVERY_MS);
    document.addEventListener('visibilitychange', this.visibility);
    this.expect(options.facts);
    this.enter();
  }

  /** Call from the touch itself: browsers start sound only then. */
  setSound(on: boolean): void {
    if (!this.closed && this.sound.set(on)) this.enter();
  }

  /** What the server says of the camera: its codec, and its own rhythm. */
  expect(facts: CameraFacts): void {
    this.rtc.chance.facts = facts;
    this.stale.expect(facts.framesPerSecond);
  }

  close(): void {
    this.closed = true;
    window.clearInterval(this.ticker);
    document.removeEventListener('visibilitychange', this.visibility);
    this.feed.stop();
    this.rtc.close();
    this.sink?.close();
    this.sink = null;
    this.stage.clear();
  }

  /** WebRTC where it may work, else fragments over the socket where anything here can play them, else what the browser has. */
  private enter(): void {
    const { only } = this.options;
    if (this.rtc.mayTry(this.sound.on)) {
      this.feed.stop();
      this.replace('webrtc', this.rtc.begin(this.sound.on, this.sound.element()));
      return;
    }
    this.rtc.leave();
    if (only === 'webrtc') return;
    const fragments = only ? only === 'mse' || only === 'webcodecs' : mediaSourceClass() !== null || hasWebCodecs();
    if (fragments && !this.failures.tooMany('mse')) {
      this.feed.restart();
    } else {
      this.feed.stop();
      const can = { webCodecs: false, mse: false, nativeHls: hasNativeHls() && !this.failures.tooMany('hls') };
      this.show(pathsFor(can, { sound: this.sound.on, lowestDelay: false, only })[0] ?? 'mjpeg');
    }
  }

  private rtcLost(sink: Sink): void {
    if (this.closed) return;
    this.stage.leave(sink);
    this.sink = null;
    this.enter();
    this.report();
  }

  private async begin(info: StreamInfo, init: Uint8Array): Promise<void> {
    this.info = info;
    this.tracks = parseInit(init);
    this.wall.clear();
    const video = this.tracks.find((track) => track.kind === 'video');
    if (!video) {
      this.show('mjpeg');
      return;
    }
    const withSound = this.sound.on && !this.sound.away && this.tracks.some((track) => track.kind === 'audio');
    const codecs = codecList(info.mime);
    const videoCodec = codecs.find((codec) => /^(avc|hvc|hev|av01|vp)/.test(codec)) ?? codecs[0] ?? '';
    const mime = withSound ? info.mime : `video/mp4; codecs="${videoCodec}"`;
    const can = {
      webCodecs: hasWebCodecs() && !this.failures.tooMany('webcodecs'),
      mse: (mediaSourceClass()?.isTypeSupported(mime) ?? false) && !this.failures.tooMany('mse'),
      nativeHls: hasNativeHls() && !this.failures.tooMany('hls'),
    };
    const path = pathsFor(can, { sound: withSound, lowestDelay: !this.options.tile, only: this.options.only })[0] ?? 'mjpeg';
    const events = this.eventsFor(path);
    try {
      if (path === 'webcodecs') {
        this.replace(path, new WebCodecsSink(video, videoCodec, events));
      } else if (path === 'mse') {
        const element = withSound ? this.sound.element() : makeVideo();
        this.replace(path, new MseSink(mime, withSound ? init : keepTrack(init, video.id), events, element));
      } else {
        this.feed.stop();
        this.show(path);
      }
    } catch {
      events.failed('This browser does not play the stream.');
    }
  }

  private show(path: Path): void {
    const { addresses, tile } = this.options;
    const events = this.eventsFor(path);
    if (path === 'hls') {
      this.replace(path, new HlsSink(addresses.hls, events, this.sound.element()));
    } else {
      this.replace('mjpeg', new PictureSink(tile ? 'poll' : 'stream', tile ? addresses.snapshot : addresses.mjpeg, events));
    }
  }

  private replace(path: Path, sink: Sink): void {
    this.stage.put(path, sink, this.sink);
    this.sink = sink;
    this.path = path;
    this.report();
  }

  private eventsFor(path: Path): SinkEvents {
    return {
      shown: (media) => {
        const wall = media === null ? null : this.wall.wallAt(media);
        this.shownNow(this.options.clock.ageOf(wall, Date.now()));
      },
      failed: () => this.failed(path),
      soundBlocked: this.blocked,
    };
  }

  private shownNow(ageMs: number | null): void {
    this.stale.shown(performance.now(), ageMs);
    this.stage.shown();
  }

  private failed(path: Path): void {
    if (this.closed) return;
    this.failures.add(path);
    this.sink = null;
    this.enter();
  }

  private fragment(bytes: Uint8Array): void {
    const fragment = parseFragment(bytes);
    const video = this.tracks.find((track) => track.kind === 'video');
    if (!video || !this.sink) return;
    for (const time of fragment.producerTimes) {
      if (time.trackId === video.id) this.wall.add(time.mediaTime / video.timescale, time.wallMs);
    }
    const isVideo = fragment.samples.some((run) => run.trackId === video.id);
    if (isVideo) this.lastVideoFragmentAt = performance.now();
    if (isVideo || this.playsSound()) this.sink.push(bytes);
  }

  private playsSound(): boolean {
    return this.sound.on && !this.sound.away && this.path === 'mse';
  }

  private look(): void {
    const now = performance.now();
    if (document.hidden) {
      this.stale.pardon(now);
    } else if (this.playsSound() && this.sink) {
      const { sinceMs } = this.stale.read(now);
      if (sinceMs !== null && sinceMs > SOUND_STALL_MS && now - this.lastVideoFragmentAt < 500) {
        this.sound.away = true;
        this.feed.restart();
      }
    }
    if (!document.hidden) this.rtc.look(this.stale.read(now), this.sound.on);
    this.report();
  }

  private readonly blocked = () => {
    this.sound.blocked = true;
    this.report();
  };

  private readonly visibility = () => {
    if (!document.hidden) this.stale.pardon(performance.now());
  };

  private report(): void {
    if (this.closed) return;
    const video = this.tracks.find((track) => track.kind === 'video');
    const view: PlayerView = {
      ...this.stale.read(performance.now()),
      path: this.path,
      connected: this.path === 'webrtc' ? this.rtc.connected : this.connected || this.path === 'hls' || this.path === 'mjpeg',
      hasAudio: this.info?.audio != null || this.tracks.some((track) => track.kind === 'audio') || this.rtc.chance.facts.hasSound === true,
      sound: this.sound.word,
      ...sizeOf(this.sink?.element, video),
      picturesOnly: this.path === 'mjpeg',
      passedOver: this.rtc.chance.passedOver,
    };
    const key = visibleDifference(view);
    if (key === this.lastView) return;
    this.lastView = key;
    this.options.onView(view);
  }
}
