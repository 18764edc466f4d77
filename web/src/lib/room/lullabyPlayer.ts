import type { LullabySound } from '../../api/types';
import { type MadeSound, samplesOf } from './sounds';

const FADE_IN = 3;
/** A sudden silence wakes as surely as a noise. */
const FADE_OUT = 20;
const STOP = 1.5;
/** While somebody speaks. */
const DUCKED = 0.15;

/** How long until a file that could not be fetched is asked for again. */
const AGAIN_MS = 5000;

/** A file that the family brought, or a sound that is made on the spot. */
type Source = { sound: 'file'; url: string } | { sound: MadeSound; url: null };
export type LullabyOrder = Source & { volume: number; secondsLeft: number };
export type FetchSound = (url: string) => Promise<Blob>;

/** Plays one sound in a loop until its time is over, and fades out then. A file is fetched once, so that it goes on without the network. */
export class LullabyPlayer {
  private readonly context: AudioContext;
  /** What sounds; beside a file, the silent clock that ends it. */
  private readonly loop: AudioBufferSourceNode | ConstantSourceNode;
  private readonly volume: GainNode;
  private readonly duckGain: GainNode;
  private end: number;
  private readonly wake: () => void;
  private file: HTMLAudioElement | null = null;
  private over = false;
  readonly sound: LullabySound;
  readonly url: string | null;

  constructor(order: LullabyOrder, ended: () => void, fetchSound: FetchSound) {
    const { sound, url, volume, secondsLeft } = order;
    this.sound = sound;
    this.url = url;
    this.context = new AudioContext();
    const { context } = this;
    this.loop = sound === 'file' ? new ConstantSourceNode(context, { offset: 0 }) : made(sound, context);
    this.volume = new GainNode(context, { gain: 0 });
    this.duckGain = new GainNode(context, { gain: 1 });
    this.loop.connect(this.volume).connect(this.duckGain).connect(context.destination);
    const now = context.currentTime;
    this.end = now + secondsLeft;
    this.loop.start();
    this.loop.stop(this.end);
    this.loop.onended = () => {
      this.release();
      ended();
    };
    this.setVolume(volume, FADE_IN);
    // A browser that starts it asleep lets the next touch of the screen wake it.
    this.wake = () => {
      void context.resume().catch(() => undefined);
      void this.file?.play().catch(() => undefined);
    };
    this.wake();
    if (url) void this.load(url, fetchSound);
    document.addEventListener('pointerdown', this.wake);
  }

  private async load(url: string, fetchSound: FetchSound): Promise<void> {
    const sound = await fetchSound(url).catch(() => null);
    if (this.over) return;
    if (!sound) {
      window.setTimeout(() => !this.over && void this.load(url, fetchSound), AGAIN_MS);
      return;
    }
    this.file = new Audio(URL.createObjectURL(sound));
    this.file.loop = true;
    this.context.createMediaElementSource(this.file).connect(this.volume);
    this.wake();
  }

  /** Rises to this volume, and falls from it at the end. */
  private setVolume(volume: number, seconds = 1): void {
    const { gain } = this.volume;
    const now = this.context.currentTime;
    const from = gain.value;
    gain.cancelScheduledValues(now);
    gain.setValueAtTime(from, now);
    const fade = Math.max(now + seconds, this.end - FADE_OUT);
    gain.linearRampToValueAtTime(volume, Math.min(now + seconds, this.end));
    gain.setValueAtTime(volume, fade);
    gain.linearRampToValueAtTime(0, Math.max(this.end, fade + 0.01));
  }

  /** The same sound with another volume or another end. */
  adjust({ volume, secondsLeft }: LullabyOrder): void {
    this.end = this.context.currentTime + secondsLeft;
    this.loop.stop(this.end);
    this.setVolume(volume);
  }

  duck(ducked: boolean): void {
    this.duckGain.gain.setTargetAtTime(ducked ? DUCKED : 1, this.context.currentTime, 0.15);
  }

  stop(): void {
    const now = this.context.currentTime;
    const { gain } = this.volume;
    const from = gain.value;
    gain.cancelScheduledValues(now);
    gain.setValueAtTime(from, now);
    gain.linearRampToValueAtTime(0, now + STOP);
    this.loop.onended = () => this.release();
    this.loop.stop(now + STOP);
    // A context that sleeps never ends.
    if (this.context.state !== 'running') this.release();
  }

  private release(): void {
    this.over = true;
    if (this.file) {
      this.file.pause();
      URL.revokeObjectURL(this.file.src);
      this.file = null;
    }
    document.removeEventListener('pointerdown', this.wake);
    if (this.context.state !== 'closed') void this.context.close().catch(() => undefined);
  }
}

function made(sound: MadeSound, context: AudioContext): AudioBufferSourceNode {
  const samples = samplesOf(sound, context.sampleRate);
  const buffer = context.createBuffer(1, samples.length, context.sampleRate);
  buffer.copyToChannel(samples, 0);
  return new AudioBufferSourceNode(context, { buffer, loop: true });
}
