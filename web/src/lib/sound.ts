/**
 * Sounds of the page, made here and not loaded: an alarm must not depend on a download. `blocked` means the browser will not
 * play anything until somebody touches the page; that is shown until it is over.
 */
export type SoundState = 'unknown' | 'ready' | 'blocked' | 'missing';

type ContextLike = Pick<AudioContext, 'state' | 'resume' | 'currentTime' | 'destination' | 'createOscillator' | 'createGain'> & {
  addEventListener: (type: 'statechange', listener: () => void) => void;
};

export class SoundGate {
  private context: ContextLike | null = null;
  private state: SoundState = 'unknown';
  private readonly listeners = new Set<() => void>();
  private readonly make: () => ContextLike;

  constructor(make: () => ContextLike = () => new AudioContext()) {
    this.make = make;
  }

  get current(): SoundState {
    return this.state;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Looks whether the page may play. Safe to call at any time. */
  look(): void {
    if (!this.context) {
      try {
        this.context = this.make();
      } catch {
        this.enter('missing');
        return;
      }
      this.context.addEventListener('statechange', () => this.look());
    }
    // A phone call leaves the context 'interrupted'; that is as silent as 'suspended'.
    this.enter(this.context.state === 'running' ? 'ready' : 'blocked');
  }

  /** Call from a touch or key: the only moment at which a browser grants sound. */
  async unlock(): Promise<void> {
    this.look();
    if (!this.context || this.state === 'ready') return;
    try {
      await this.context.resume();
    } catch {
      // Not granted this time.
    }
    this.look();
  }

  /** Two rising notes, twice: meant to wake. Louder with each round, up to full. */
  alarm(round: number): void {
    const loud = Math.min(1, 0.35 + 0.15 * round);
    for (const [at, pitch] of [
      [0, 660],
      [0.18, 880],
      [0.45, 660],
      [0.63, 880],
    ] as const)
      this.note(at, pitch, 0.16, loud, 'square');
  }

  /** The soft tick of a lost connection: enough to be noticed in a quiet room. */
  tick(): void {
    this.note(0, 440, 0.07, 0.18, 'sine');
    this.note(0.14, 330, 0.07, 0.18, 'sine');
  }

  private note(inSeconds: number, pitch: number, seconds: number, loudness: number, wave: OscillatorType): void {
    const { context } = this;
    if (!context || this.state !== 'ready') return;
    const at = context.currentTime + inSeconds;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loudness * 0.5, at + 0.01);
    gain.gain.setValueAtTime(loudness * 0.5, at + seconds - 0.03);
    gain.gain.linearRampToValueAtTime(0, at + seconds);
    const oscillator = context.createOscillator();
    oscillator.type = wave;
    oscillator.frequency.setValueAtTime(pitch, at);
    oscillator.connect(gain);
    gain.connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + seconds + 0.02);
  }

  private enter(state: SoundState): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}
