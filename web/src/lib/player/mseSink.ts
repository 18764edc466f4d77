import { steer, trimTo } from './msePolicy';
import { concat } from './onlyVideo';
import { makeVideo, type Sink, type SinkEvents, watchFrames } from './sink';

type MediaSourceClass = typeof MediaSource;

/** MediaSource, or ManagedMediaSource where only that exists (iPhone). */
export function mediaSourceClass(): MediaSourceClass | null {
  const scope = globalThis as unknown as { MediaSource?: MediaSourceClass; ManagedMediaSource?: MediaSourceClass };
  return scope.MediaSource ?? scope.ManagedMediaSource ?? null;
}

/** Longest queue while the buffer is busy; past it something is badly wrong and the stream is asked for anew. */
const MAX_QUEUED = 400;
const SETTLING_MS = 2000;

export class MseSink implements Sink {
  readonly element: HTMLVideoElement;
  private readonly events: SinkEvents;
  private readonly source: MediaSource;
  private readonly address: string;
  private readonly stopWatching: () => void;
  private readonly queue: Uint8Array[];
  private buffer: SourceBuffer | null = null;
  private closed = false;
  private beganAt: number | null = null;

  constructor(mime: string, init: Uint8Array, events: SinkEvents, element: HTMLVideoElement = makeVideo()) {
    const SourceClass = mediaSourceClass();
    if (!SourceClass) throw new Error('no MediaSource');
    this.events = events;
    this.element = element;
    this.queue = [init];
    this.source = new SourceClass();
    // ManagedMediaSource refuses to open while remote playback is possible.
    element.disableRemotePlayback = true;
    this.address = URL.createObjectURL(this.source);
    this.source.addEventListener('sourceopen', () => this.opened(mime), { once: true });
    element.onerror = () => this.fail(element.error?.message || 'The picture could not be decoded.');
    element.src = this.address;
    this.stopWatching = watchFrames(element, events.shown);
    element.play().catch((error: unknown) => {
      if (this.closed || !(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      element.muted = true;
      this.events.soundBlocked?.();
      element.play().catch(() => undefined);
    });
  }

  push(fragment: Uint8Array): void {
    if (this.closed) return;
    this.queue.push(fragment);
    if (this.queue.length > MAX_QUEUED) this.fail('The browser does not keep up with the picture.');
    else this.append();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.stopWatching();
    this.element.onerror = null;
    this.queue.length = 0;
    this.element.removeAttribute('src');
    this.element.load();
    URL.revokeObjectURL(this.address);
  }

  private opened(mime: string): void {
    if (this.closed) return;
    try {
      this.buffer = this.source.addSourceBuffer(mime);
    } catch {
      this.fail('This browser does not play the stream.');
      return;
    }
    this.buffer.mode = 'segments';
    this.buffer.addEventListener('updateend', () => this.updated());
    this.append();
  }

  private append(): void {
    const buffer = this.buffer;
    if (!buffer || buffer.updating || this.queue.length === 0 || this.source.readyState !== 'open') return;
    const next = concat(this.queue.splice(0));
    try {
      buffer.appendBuffer(next as BufferSource);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'QuotaExceededError' && buffer.buffered.length > 0) {
        this.queue.unshift(next);
        buffer.remove(0, Math.max(0.1, this.element.currentTime - 1));
      } else {
        this.fail('The picture could not be decoded.');
      }
    }
  }

  private updated(): void {
    const buffer = this.buffer;
    if (this.closed || !buffer) return;
    let ranges: TimeRanges;
    try {
      ranges = buffer.buffered;
    } catch {
      return;
    }
    if (ranges.length > 0) {
      const last = { start: ranges.start(ranges.length - 1), end: ranges.end(ranges.length - 1) };
      this.follow(last);
      const trim = trimTo(this.element.currentTime, ranges.start(0));
      if (trim !== null && this.queue.length === 0 && !buffer.updating) {
        buffer.remove(0, trim);
        return;
      }
    }
    this.append();
  }

  private follow(range: { start: number; end: number }): void {
    const video = this.element;
    const now = performance.now();
    if (this.beganAt === null) {
      this.beganAt = now;
      video.currentTime = Math.max(range.start, range.end - 0.1);
      return;
    }
    const steering = steer(video.currentTime, range, now - this.beganAt < SETTLING_MS);
    if ('seekTo' in steering) {
      if (!video.seeking) video.currentTime = steering.seekTo;
    } else if (video.playbackRate !== steering.rate) {
      video.playbackRate = steering.rate;
    }
    if (video.paused && !document.hidden) video.play().catch(() => undefined);
  }

  private fail(reason: string): void {
    if (this.closed) return;
    this.close();
    this.events.failed(reason);
  }
}
