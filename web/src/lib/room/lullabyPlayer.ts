import type { LullabySound } from '../../api/types';
import { samplesOf } from './sounds';

const FADE_IN = 3;
/** A sudden silence wakes as surely as a noise. */
const FADE_OUT = 20;
const STOP = 1.5;
/** While somebody speaks. */
const DUCKED = 0.15;

export type LullabyOrder = { sound: LullabySound; volume: number; secondsLeft: number };

/** Plays one sound in a loop until its time is over, and fades out then. Made on the spot: no files. */
export class LullabyPlayer {
  private readonly context: AudioContext;
  private readonly loop: AudioBufferSourceNode;
  private readonly volume: GainNode;
  private readonly duckGain: GainNode;
  private end: number;
  private readonly wake: () => void;
  readonly sound: LullabySound;

  constructor({ sound, volume, secondsLeft }: LullabyOrder, ended: () => void) {
    this.sound = sound;
    this.context = new AudioContext();
    const { context } = this;
    const samples = samplesOf(sound, context.sampleRate);
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(samples, 0);
    this.loop = new AudioBufferSourceNode(context, { buffer, loop: true });
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
    this.wake = () => void context.resume().catch(() => undefined);
    this.wake();
    document.addEventListener('pointerdown', this.wake);
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
    document.removeEventListener('pointerdown', this.wake);
    if (this.context.state !== 'closed') void this.context.close().catch(() => undefined);
  }
}
