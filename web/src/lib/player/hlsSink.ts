import { makeVideo, type Sink, type SinkEvents, watchFrames } from './sink';

export function hasNativeHls(): boolean {
  return document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== '';
}

/** A browser that plays HLS by itself (older iPhones). Some seconds behind, but it plays. */
export class HlsSink implements Sink {
  readonly element: HTMLVideoElement;
  private readonly stopWatching: () => void;

  constructor(address: string, events: SinkEvents, element: HTMLVideoElement = makeVideo()) {
    this.element = element;
    element.src = address;
    element.onerror = () => events.failed('The picture could not be played.');
    this.stopWatching = watchFrames(element, () => events.shown(null));
    element.play().catch(() => {
      element.muted = true;
      events.soundBlocked?.();
      element.play().catch(() => undefined);
    });
  }

  push(): void {
    // The browser fetches for itself.
  }

  close(): void {
    this.stopWatching();
    this.element.onerror = null;
    this.element.removeAttribute('src');
    this.element.load();
  }
}
