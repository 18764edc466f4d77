import { parseFragment, parseInit, type Track } from './boxes';
import { HlsSink, hasNativeHls } from './hlsSink';
import { LiveFeed, type StreamInfo } from './liveFeed';
import { MseSink, mediaSourceClass } from './mseSink';
import { keepTrack } from './onlyVideo';
import { type Path, pathsFor } from './paths';
import { PictureSink } from './pictureSink';
import { makeVideo, type Sink, type SinkEvents } from './sink';
import { StaleClock } from './staleClock';
import { stillOf } from './still';
import { codecList, type PlayerOptions, type PlayerView, visibleDifference } from './view';
import { WallClockMap } from './wallClockMap';
import { hasWebCodecs, WebCodecsSink } from './webCodecsSink';

/** How often the player looks at its own clock. Four times a second keeps "stale" well within its three seconds. */
const LOOK_EVERY_MS = 250;
/** This many failures of one way within a minute, and the next way is tried. */
const FAILURES_ALLOWED = 3;
/** Video arrives but the buffer with sound does not grow: the microphone has stopped. Then the picture matters more. */
const SOUND_STALL_MS = 2000;

/** Shows one camera. No React in here: it is given an element and reports what is on the screen. */
export class LivePlayer {
  private readonly options: PlayerOptions;
  private readonly feed: LiveFeed;
  private readonly stale = new StaleClock();
  private readonly wall = new WallClockMap();
  private readonly ticker: number;
  private sink: Sink | null = null;
  private path: Path | null = null;
  private tracks: Track[] = [];
  private info: StreamInfo | null = null;
  private prepared: HTMLVideoElement | null = null;
  private readonly failures: { path: Path; at: number }[] = [];
  private connected = false;
  private wantSound = false;
  private soundBlocked = false;
  private soundAway = false;
  private lastVideoFragmentAt = 0;
  private closed = false;
  private lastView = '';

  constructor(options: PlayerOptions) {
    this.options = options;
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
    this.ticker = window.setInterval(() => this.look(), LOOK_EVERY_MS);
    document.addEventListener('visibilitychange', this.visibility);
    this.enter();
  }

  /** Call from the touch itself: browsers start sound only then. */
  setSound(on: boolean): void {
    if (this.closed || on === this.wantSound) return;
    this.wantSound = on;
    this.soundBlocked = false;
    this.soundAway = false;
    if (on) {
      this.prepared = makeVideo();
      this.prepared.muted = false;
      this.prepared.play().catch(() => undefined);
    }
    this.enter();
  }

  /** The camera's own rhythm, as the server measured it. */
  expectRate(framesPerSecond: number | undefined): void {
    this.stale.expect(framesPerSecond);
  }

  close(): void {
    this.closed = true;
    window.clearInterval(this.ticker);
    document.removeEventListener('visibilitychange', this.visibility);
    this.feed.stop();
    this.sink?.close();
    this.sink = null;
    this.options.host.replaceChildren();
  }

  /** Starts with fragments over the socket where anything here can play them, else with what the browser has. */
  private enter(): void {
    const { only } = this.options;
    const fragments = only ? only === 'mse' || only === 'webcodecs' : mediaSourceClass() !== null || hasWebCodecs();
    if (fragments && !this.tooManyFailures('mse')) {
      this.feed.restart();
    } else {
      this.feed.stop();
      this.show(this.without(['webcodecs', 'mse']));
    }
  }

  private without(paths: readonly Path[]): Path {
    const can = { webCodecs: false, mse: false, nativeHls: hasNativeHls() && !this.tooManyFailures('hls') };
    const left = pathsFor(can, { sound: this.wantSound, lowestDelay: false, only: this.options.only }).filter(
      (path) => !paths.includes(path),
    );
    return left[0] ?? 'mjpeg';
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
    const withSound = this.wantSound && !this.soundAway && this.tracks.some((track) => track.kind === 'audio');
    const codecs = codecList(info.mime);
    const videoCodec = codecs.find((codec) => /^(avc|hvc|hev|av01|vp)/.test(codec)) ?? codecs[0] ?? '';
    const mime = withSound ? info.mime : `video/mp4; codecs="${videoCodec}"`;
    const can = {
      webCodecs: hasWebCodecs() && !this.tooManyFailures('webcodecs'),
      mse: (mediaSourceClass()?.isTypeSupported(mime) ?? false) && !this.tooManyFailures('mse'),
      nativeHls: hasNativeHls() && !this.tooManyFailures('hls'),
    };
    const path = pathsFor(can, { sound: withSound, lowestDelay: !this.options.tile, only: this.options.only })[0] ?? 'mjpeg';
    const events = this.eventsFor(path);
    try {
      if (path === 'webcodecs') {
        this.replace(path, new WebCodecsSink(video, videoCodec, events));
      } else if (path === 'mse') {
        const element = withSound ? this.takePrepared() : makeVideo();
        this.replace(path, new MseSink(mime, withSound ? init : keepTrack(init, video.id), events, element));
      } else {
        this.feed.stop();
        this.show(path);
      }
    } catch {
      events.failed('This browser does not play the stream.');
    }
  }

  private takePrepared(): HTMLVideoElement {
    const element = this.prepared ?? makeVideo();
    this.prepared = null;
    element.muted = this.soundBlocked;
    return element;
  }

  private show(path: Path): void {
    const { addresses, tile } = this.options;
    const events = this.eventsFor(path);
    if (path === 'hls') {
      const element = this.wantSound ? this.takePrepared() : makeVideo();
      this.replace(path, new HlsSink(addresses.hls, events, element));
    } else {
      this.replace('mjpeg', new PictureSink(tile ? 'poll' : 'stream', tile ? addresses.snapshot : addresses.mjpeg, events));
    }
  }

  /** The old picture stays on the screen until the new way has shown its first one. */
  private replace(path: Path, sink: Sink): void {
    const { host } = this.options;
    const last = stillOf(host.lastElementChild);
    this.sink?.close();
    this.sink = sink;
    this.path = path;
    sink.element.dataset.path = path;
    host.replaceChildren(...(last ? [last, sink.element] : [sink.element]));
    this.report();
  }

  private eventsFor(path: Path): SinkEvents {
    return {
      shown: (media) => {
        const wall = media === null ? null : this.wall.wallAt(media);
        this.stale.shown(performance.now(), this.options.clock.ageOf(wall, Date.now()));
        const { host } = this.options;
        while (host.children.length > 1) host.firstElementChild?.remove();
      },
      failed: () => this.failed(path),
      soundBlocked: () => {
        this.soundBlocked = true;
        this.report();
      },
    };
  }

  private failed(path: Path): void {
    if (this.closed) return;
    this.failures.push({ path, at: performance.now() });
    this.sink = null;
    this.enter();
  }

  private tooManyFailures(path: Path): boolean {
    const since = performance.now() - 60_000;
    return this.failures.filter((failure) => failure.path === path && failure.at > since).length >= FAILURES_ALLOWED;
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
    return this.wantSound && !this.soundAway && this.path === 'mse';
  }

  private look(): void {
    const now = performance.now();
    if (document.hidden) {
      this.stale.pardon(now);
    } else if (this.playsSound() && this.sink) {
      const { sinceMs } = this.stale.read(now);
      if (sinceMs !== null && sinceMs > SOUND_STALL_MS && now - this.lastVideoFragmentAt < 500) {
        this.soundAway = true;
        this.feed.restart();
      }
    }
    this.report();
  }

  private readonly visibility = () => {
    if (!document.hidden) this.stale.pardon(performance.now());
  };

  private report(): void {
    if (this.closed) return;
    const video = this.tracks.find((track) => track.kind === 'video');
    const view: PlayerView = {
      ...this.stale.read(performance.now()),
      path: this.path,
      connected: this.connected || this.path === 'hls' || this.path === 'mjpeg',
      hasAudio: this.info?.audio != null || this.tracks.some((track) => track.kind === 'audio'),
      sound: !this.wantSound ? 'off' : this.soundBlocked || this.soundAway ? 'blocked' : 'on',
      width: video?.width ?? 0,
      height: video?.height ?? 0,
      picturesOnly: this.path === 'mjpeg',
    };
    const key = visibleDifference(view);
    if (key === this.lastView) return;
    this.lastView = key;
    this.options.onView(view);
  }
}
