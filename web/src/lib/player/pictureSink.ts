import { Backoff } from '../backoff';
import { MultipartPictures } from './mjpeg';
import type { Sink, SinkEvents } from './sink';

/**
 * The last resort: JPEG pictures on a canvas. `stream` reads the multipart stream; `poll` asks for one snapshot a second, for
 * walls of many cameras, because a browser opens only six connections to a host.
 */
export class PictureSink implements Sink {
  readonly element: HTMLCanvasElement;
  private readonly events: SinkEvents;
  private readonly abort = new AbortController();
  private readonly backoff = new Backoff(500, 8000);
  private closed = false;

  constructor(kind: 'stream' | 'poll', address: string, events: SinkEvents) {
    this.events = events;
    this.element = document.createElement('canvas');
    this.element.setAttribute('aria-hidden', 'true');
    void (kind === 'stream' ? this.repeat(() => this.stream(address), 0) : this.repeat(() => this.snapshot(address), 1000));
  }

  push(): void {
    // Pictures come by their own road.
  }

  close(): void {
    this.closed = true;
    this.abort.abort();
  }

  private async repeat(once: () => Promise<void>, pauseMs: number): Promise<void> {
    while (!this.closed) {
      let wait = pauseMs;
      try {
        await once();
        this.backoff.reset();
      } catch {
        wait = this.backoff.next();
      }
      if (!this.closed && wait > 0) await new Promise((done) => window.setTimeout(done, wait));
    }
  }

  private async stream(address: string): Promise<void> {
    const answer = await fetch(address, { signal: this.abort.signal, cache: 'no-store', credentials: 'same-origin' });
    const reader = answer.ok ? answer.body?.getReader() : undefined;
    if (!reader) throw new Error(`no pictures: ${answer.status}`);
    const pictures = new MultipartPictures();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error('the pictures ended');
      const whole = pictures.push(value);
      const newest = whole[whole.length - 1];
      if (newest) await this.draw(new Blob([newest as BlobPart], { type: 'image/jpeg' }));
    }
  }

  private async snapshot(address: string): Promise<void> {
    if (document.hidden) return;
    const answer = await fetch(address, { signal: this.abort.signal, cache: 'no-store', credentials: 'same-origin' });
    if (!answer.ok) throw new Error(`no picture: ${answer.status}`);
    await this.draw(await answer.blob());
  }

  private async draw(blob: Blob): Promise<void> {
    const picture = await createImageBitmap(blob);
    if (!this.closed) {
      if (this.element.width !== picture.width || this.element.height !== picture.height) {
        this.element.width = picture.width;
        this.element.height = picture.height;
      }
      this.element.getContext('2d', { alpha: false })?.drawImage(picture, 0, 0);
      this.events.shown(null);
    }
    picture.close();
  }
}
