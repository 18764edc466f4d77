import { type Fragment, parseFragment, type Track } from './boxes';
import type { Sink, SinkEvents } from './sink';

export function hasWebCodecs(): boolean {
  return window.isSecureContext && 'VideoDecoder' in window;
}

/** More undecoded pictures than this means the decoder is behind: skip to the next key frame. */
const MAX_WAITING = 12;

/**
 * The shortest way to the screen: every access unit goes straight into a decoder and only the newest decoded picture is drawn,
 * once per animation frame. Pictures without sound.
 */
export class WebCodecsSink implements Sink {
  readonly element: HTMLCanvasElement;
  private readonly events: SinkEvents;
  private readonly track: Track;
  private readonly context: CanvasRenderingContext2D | null;
  private readonly decoder: VideoDecoder;
  private newest: VideoFrame | null = null;
  private needKey = true;
  private closed = false;
  private frameRequest = 0;

  constructor(track: Track, codecString: string, events: SinkEvents) {
    this.track = track;
    this.events = events;
    this.element = document.createElement('canvas');
    this.element.setAttribute('aria-hidden', 'true');
    this.context = this.element.getContext('2d', { alpha: false, desynchronized: true });
    this.decoder = new VideoDecoder({
      output: (frame) => this.decoded(frame),
      error: () => this.fail('The picture could not be decoded.'),
    });
    this.decoder.configure({
      codec: codecString,
      optimizeForLatency: true,
      ...(track.config ? { description: track.config } : {}),
    });
  }

  push(bytes: Uint8Array): void {
    if (this.closed || this.decoder.state !== 'configured') return;
    this.decode(bytes, parseFragment(bytes));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    cancelAnimationFrame(this.frameRequest);
    this.newest?.close();
    this.newest = null;
    if (this.decoder.state !== 'closed') this.decoder.close();
  }

  private decode(bytes: Uint8Array, fragment: Fragment): void {
    for (const run of fragment.samples) {
      if (run.trackId !== this.track.id) continue;
      for (const sample of run.samples) {
        if (this.decoder.decodeQueueSize > MAX_WAITING) this.needKey = true;
        if (this.needKey && !sample.isKey) continue;
        this.needKey = false;
        try {
          this.decoder.decode(
            new EncodedVideoChunk({
              type: sample.isKey ? 'key' : 'delta',
              timestamp: Math.round((sample.presentationTime / this.track.timescale) * 1_000_000),
              data: bytes.subarray(sample.offset, sample.offset + sample.size) as BufferSource,
            }),
          );
        } catch {
          this.fail('The picture could not be decoded.');
          return;
        }
      }
    }
  }

  private decoded(frame: VideoFrame): void {
    this.newest?.close();
    this.newest = frame;
    if (this.closed) {
      frame.close();
      this.newest = null;
    } else if (this.frameRequest === 0) {
      this.frameRequest = requestAnimationFrame(() => this.draw());
    }
  }

  private draw(): void {
    this.frameRequest = 0;
    const frame = this.newest;
    this.newest = null;
    if (!frame || this.closed) return;
    if (this.element.width !== frame.displayWidth || this.element.height !== frame.displayHeight) {
      this.element.width = frame.displayWidth;
      this.element.height = frame.displayHeight;
    }
    this.context?.drawImage(frame, 0, 0);
    const seconds = frame.timestamp / 1_000_000;
    frame.close();
    this.events.shown(seconds);
  }

  private fail(reason: string): void {
    if (this.closed) return;
    this.close();
    this.events.failed(reason);
  }
}
