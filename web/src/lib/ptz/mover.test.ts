import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Mover, type Velocity } from './mover';

const left: Velocity = { pan: -1, tilt: 0, zoom: 0 };
const up: Velocity = { pan: 0, tilt: 1, zoom: 0 };

describe('holding a button for a camera', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const wheel = () => {
    const said: string[] = [];
    const failures: unknown[] = [];
    const mover = new Mover(
      { move: async ({ pan, tilt }) => void said.push(`${pan},${tilt}`), stop: async () => void said.push('stop') },
      (problem) => failures.push(problem),
    );
    return { said, failures, mover };
  };

  it('asks again while it is held, and stops at once when it is let go', async () => {
    const { said, mover } = wheel();
    mover.hold(left);
    await vi.advanceTimersByTimeAsync(800);
    expect(said).toEqual(['-1,0', '-1,0', '-1,0']);
    mover.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(said.at(-1)).toBe('stop');
    await vi.advanceTimersByTimeAsync(5000);
    expect(said).toHaveLength(4);
  });

  it('says stop after a move that is still on its way', async () => {
    const said: string[] = [];
    let arrive: () => void = () => undefined;
    const mover = new Mover(
      {
        move: () => new Promise<void>((resolve) => (arrive = () => resolve(void said.push('move')))),
        stop: async () => void said.push('stop'),
      },
      () => undefined,
    );
    mover.hold(left);
    mover.release();
    await vi.advanceTimersByTimeAsync(1000);
    expect(said).toEqual([]);
    arrive();
    await vi.advanceTimersByTimeAsync(0);
    expect(said).toEqual(['move', 'stop']);
  });

  it('changes direction without waiting', async () => {
    const { said, mover } = wheel();
    mover.hold(left);
    await vi.advanceTimersByTimeAsync(10);
    mover.hold(up);
    await vi.advanceTimersByTimeAsync(0);
    expect(said).toEqual(['-1,0', '0,1']);
  });

  it('ends with a failure, and says stop all the same', async () => {
    const said: string[] = [];
    const failures: unknown[] = [];
    const mover = new Mover({ move: () => Promise.reject(new Error('gone')), stop: async () => void said.push('stop') }, (problem) =>
      failures.push(problem),
    );
    mover.hold(left);
    await vi.advanceTimersByTimeAsync(2000);
    expect(failures).toHaveLength(1);
    expect(said).toEqual(['stop']);
  });
});
