import { makeVideo } from './sink';

/** Whether this picture shall be heard, and what stands in the way. */
export class SoundWish {
  on = false;
  /** The browser wants a touch first. */
  blocked = false;
  /** The microphone has stopped; the picture goes on without it. */
  away = false;
  private prepared: HTMLVideoElement | null = null;

  /** Call from the touch itself: browsers start sound only then. False when nothing changes. */
  set(on: boolean): boolean {
    if (on === this.on) return false;
    this.on = on;
    this.blocked = this.away = false;
    if (on) {
      this.prepared = makeVideo();
      this.prepared.muted = false;
      this.prepared.play().catch(() => undefined);
    }
    return true;
  }

  /** An element for the next way: the one that was touched, when there is to be sound. */
  element(): HTMLVideoElement {
    if (!this.on) return makeVideo();
    const element = this.prepared ?? makeVideo();
    this.prepared = null;
    element.muted = this.blocked;
    return element;
  }

  get word(): 'off' | 'on' | 'blocked' {
    return !this.on ? 'off' : this.blocked || this.away ? 'blocked' : 'on';
  }
}
