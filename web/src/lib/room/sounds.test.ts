import { describe, expect, it } from 'vitest';
import { SOUNDS, samplesOf } from './sounds';

const RATE = 8000;

function numbers(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
}

/** How much of the sound changes from one sample to the next: high for hiss, low for rumble. */
const roughness = (samples: Float32Array) => {
  let steps = 0;
  let all = 0;
  for (let i = 1; i < samples.length; i++) {
    steps += ((samples[i] ?? 0) - (samples[i - 1] ?? 0)) ** 2;
    all += (samples[i] ?? 0) ** 2;
  }
  return steps / all;
};

describe('sounds for the room', () => {
  it.each(SOUNDS)('$name is as loud as it may be and joins its own beginning without a click', ({ id }) => {
    const samples = samplesOf(id, RATE, numbers());
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeCloseTo(0.8, 3);
    let step = 0;
    for (let i = 1; i < samples.length; i++) step = Math.max(step, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
    expect(Math.abs((samples[0] ?? 0) - (samples[samples.length - 1] ?? 0))).toBeLessThanOrEqual(step);
  });

  it('are what they are called: white is rougher than pink, pink than brown', () => {
    const [white, pink, brown] = (['white', 'pink', 'brown'] as const).map((id) => roughness(samplesOf(id, RATE, numbers())));
    expect(white).toBeGreaterThan((pink ?? 0) * 1.5);
    expect(pink).toBeGreaterThan((brown ?? 0) * 3);
  });
});
