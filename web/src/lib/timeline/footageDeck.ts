import type { Deck, DeckState } from './conductor';
import { pieceAt } from './footage';
import type { Span } from './zoneDay';

type Loaded = { video: HTMLVideoElement; piece: Span };

/**
 * Plays a camera's footage with two video elements: one is seen, the other holds the piece that comes next. A piece is a file that begins at
 * the asked instant, so its first picture is the one that was asked for.
 */
export class FootageDeck implements Deck {
  ranges: readonly Span[] = [];
  private readonly address: (piece: Span) => string;
  private readonly spare: HTMLVideoElement[];
  private shown: Loaded | null = null;
  private next: Loaded | null = null;
  private rate = 1;
  private running = false;
  private broken = false;
  private loud = false;
  private askedAt = 0;
  /** The end of the footage, when that was reached: the conductor goes on from there. */
  private doneAt: number | null = null;
  /** From asking to the first picture, of the last seek. */
  firstPictureMs: number | null = null;
  /** The browser refused to start with sound. */
  onSilenced: (() => void) | null = null;
  private readonly host: HTMLElement;

  constructor(host: HTMLElement, address: (piece: Span) => string) {
    this.host = host;
    this.address = address;
    this.spare = [this.make(), this.make()];
  }

  get state(): DeckState {
    if (!this.shown) return this.doneAt === null ? 'empty' : 'ready';
    if (this.broken) return 'failed';
    const { video } = this.shown;
    return video.seeking || video.readyState < (this.running && !video.ended ? 3 : 2) ? 'loading' : 'ready';
  }

  get at(): number | null {
    return this.shown ? this.shown.piece.from + this.shown.video.currentTime * 1000 : this.doneAt;
  }

  seek(at: number): void {
    const { shown, broken } = this;
    if (shown && !broken && at >= shown.piece.from && at < shown.piece.to - 200 && buffered(shown, at)) {
      shown.video.currentTime = (at - shown.piece.from) / 1000;
      return;
    }
    this.clear();
    const piece = pieceAt(this.ranges, at);
    if (!piece) return;
    this.askedAt = performance.now();
    this.firstPictureMs = null;
    this.shown = this.load(piece);
    if (this.shown) this.reveal(this.shown);
  }

  run(rate: number): void {
    this.rate = rate;
    this.running = true;
    // More was recorded since the end was reached.
    if (!this.shown && this.doneAt !== null && pieceAt(this.ranges, this.doneAt)) this.seek(this.doneAt);
    if (!this.shown || this.broken) return;
    const { video } = this.shown;
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (video.paused && !video.ended) this.start(video);
    this.prepare(this.shown);
  }

  halt(): void {
    this.running = false;
    this.shown?.video.pause();
  }

  setSound(on: boolean): void {
    this.loud = on;
    if (this.shown) this.shown.video.muted = !on;
  }

  /** Takes the picture away and ends what is being fetched. */
  clear(): void {
    for (const loaded of [this.shown, this.next]) if (loaded) this.release(loaded);
    this.shown = null;
    this.next = null;
    this.broken = false;
    this.doneAt = null;
  }

  close(): void {
    this.running = false;
    this.clear();
    this.host.replaceChildren();
  }

  private start(video: HTMLVideoElement): void {
    video.muted = !this.loud;
    video.play().catch((failure: unknown) => {
      if (!(failure instanceof DOMException) || failure.name !== 'NotAllowedError' || video.muted) return;
      this.loud = false;
      this.onSilenced?.();
      video.muted = true;
      video.play().catch(() => undefined);
    });
  }

  private make(): HTMLVideoElement {
    const video = document.createElement('video');
    video.playsInline = true;
    video.muted = true;
    video.preload = 'auto';
    video.hidden = true;
    video.addEventListener('ended', () => this.shown?.video === video && this.goOn());
    video.addEventListener('error', () => this.failed(video));
    video.addEventListener('loadeddata', () => {
      if (this.shown?.video === video) this.firstPictureMs ??= Math.round(performance.now() - this.askedAt);
    });
    this.host.append(video);
    return video;
  }

  private load(piece: Span): Loaded | null {
    const video = this.spare.pop();
    if (!video) return null;
    video.src = this.address(piece);
    video.playbackRate = this.rate;
    return { video, piece };
  }

  private reveal({ video }: Loaded): void {
    video.hidden = false;
    video.muted = !this.loud;
  }

  private release({ video }: Loaded): void {
    video.pause();
    video.hidden = true;
    video.muted = true;
    video.removeAttribute('src');
    video.load();
    this.spare.push(video);
  }

  /** The next piece is fetched when what is left lasts for less than ten seconds of the viewer's time. */
  private prepare({ video, piece }: Loaded): void {
    const left = (piece.to - piece.from) / 1000 - video.currentTime;
    if (this.next || left > 10 * Math.max(1, this.rate)) return;
    const following = pieceAt(this.ranges, piece.to);
    if (following) this.next = this.load(following);
  }

  private goOn(): void {
    const { shown, next } = this;
    if (!shown) return;
    this.release(shown);
    this.shown = null;
    this.next = null;
    if (next && next.piece.from === shown.piece.to) {
      this.shown = next;
      this.reveal(next);
      if (this.running) this.run(this.rate);
      return;
    }
    if (next) this.release(next);
    this.seek(shown.piece.to);
    if (!this.shown) this.doneAt = shown.piece.to;
    else if (this.running) this.run(this.rate);
  }

  private failed(video: HTMLVideoElement): void {
    if (this.shown?.video === video) this.broken = true;
    else if (this.next?.video === video) {
      this.release(this.next);
      this.next = null;
    }
  }
}

function buffered({ video, piece }: Loaded, at: number): boolean {
  const wanted = (at - piece.from) / 1000;
  for (let index = 0; index < video.buffered.length; index++) {
    if (video.buffered.start(index) <= wanted && wanted < video.buffered.end(index)) return true;
  }
  return false;
}
