import type { LullabySound } from '../../api/types';

/** Made on the phone itself. */
export type MadeSound = Exclude<LullabySound, 'file'>;

export const SOUNDS: readonly { id: MadeSound; name: string }[] = [
  { id: 'pink', name: 'Rain (pink noise)' },
  { id: 'brown', name: 'Wind (brown noise)' },
  { id: 'white', name: 'White noise' },
  { id: 'heartbeat', name: 'Heartbeat' },
  { id: 'melody', name: 'Music box' },
];

export const soundName = (id: LullabySound) => SOUNDS.find((sound) => sound.id === id)?.name ?? id;

const NOISE_SECONDS = 12;
const BLEND_SECONDS = 0.5;
const LOUDEST = 0.8;

/** One round of a sound that is played again and again without a seam. Samples from −1 to 1. */
export function samplesOf(sound: MadeSound, rate: number, random: () => number = Math.random): Float32Array<ArrayBuffer> {
  if (sound === 'heartbeat') return level(heartbeat(rate));
  if (sound === 'melody') return level(melody(rate));
  const blend = Math.round(BLEND_SECONDS * rate);
  const raw = noise(sound, Math.round(NOISE_SECONDS * rate) + blend, random);
  // The end flows into the beginning: equal power, because noise does not add up like a tone.
  const round = raw.slice(0, raw.length - blend);
  for (let i = 0; i < blend; i++) {
    const part = i / blend;
    round[i] = (round[i] ?? 0) * Math.sqrt(part) + (raw[round.length + i] ?? 0) * Math.sqrt(1 - part);
  }
  return level(round);
}

function noise(kind: 'white' | 'pink' | 'brown', length: number, random: () => number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  // Pink: slow and fast low-passes beside each other, each an octave or two apart, fall by 3 dB an octave together.
  const corners = [0.997, 0.985, 0.95, 0.85, 0.6];
  const state = corners.map(() => 0);
  let brown = 0;
  for (let i = 0; i < length; i++) {
    const white = random() * 2 - 1;
    if (kind === 'white') out[i] = white;
    else if (kind === 'brown') {
      brown = brown * 0.998 + white * 0.02;
      out[i] = brown;
    } else {
      let sum = white * 0.2;
      corners.forEach((corner, k) => {
        state[k] = (state[k] ?? 0) * corner + white * Math.sqrt(1 - corner);
        sum += (state[k] ?? 0) * Math.sqrt(1 - corner);
      });
      out[i] = sum;
    }
  }
  return out;
}

/** Two soft thumps a second, as it sounds from inside. */
function heartbeat(rate: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(rate);
  thump(out, rate, 0.02, 58, 1);
  thump(out, rate, 0.34, 50, 0.7);
  return out;
}

function thump(out: Float32Array, rate: number, at: number, hz: number, loud: number): void {
  const start = Math.round(at * rate);
  for (let i = 0; i < 0.25 * rate && start + i < out.length; i++) {
    const t = i / rate;
    const envelope = Math.min(1, t / 0.015) * Math.exp(-t * 22);
    // Small loudspeakers give no 50 Hz: its octaves let the ear add it.
    const tone = Math.sin(2 * Math.PI * hz * t) + 0.6 * Math.sin(4 * Math.PI * hz * t) + 0.4 * Math.sin(8 * Math.PI * hz * t);
    out[start + i] = (out[start + i] ?? 0) + loud * envelope * tone;
  }
}

/** Our own tune of sixteen slow notes, five tones to choose from, so that nothing can clash; half steps from C5, null is a rest. */
const TUNE = [0, 4, 7, 4, 9, 7, 4, null, 2, 4, 7, 2, 0, -3, 0, null];
const BEAT_SECONDS = 0.9;

function melody(rate: number): Float32Array<ArrayBuffer> {
  const length = Math.round(TUNE.length * BEAT_SECONDS * rate);
  const out = new Float32Array(length);
  TUNE.forEach((step, beat) => {
    if (step === null) return;
    const hz = 523.25 * 2 ** (step / 12);
    const start = Math.round(beat * BEAT_SECONDS * rate);
    for (let i = 0; i < 2.5 * rate; i++) {
      const t = i / rate;
      const envelope = Math.min(1, t / 0.008) * Math.exp(-t * 2.2);
      const at = (start + i) % length; // The last notes ring on into the next round.
      out[at] = (out[at] ?? 0) + envelope * (Math.sin(2 * Math.PI * hz * t) + 0.25 * Math.sin(4 * Math.PI * hz * t) * Math.exp(-t * 4));
    }
  });
  return out;
}

function level(samples: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return peak > 0 ? samples.map((sample) => (sample * LOUDEST) / peak) : samples;
}
