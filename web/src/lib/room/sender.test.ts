import { describe, expect, it } from 'vitest';
import { ManualTimers } from '../../../tests/manualTimers';
import { ATTEMPT_MS, type Link, LinkFailure, Sender, type SenderState, STEADY_MS, type Trouble } from './sender';

type Attempt = {
  again: boolean;
  lost: (trouble: Trouble) => void;
  signal: AbortSignal;
  stands: (well?: () => boolean) => Promise<void>;
  fails: (error: Error) => Promise<void>;
  closed: boolean;
};

function start() {
  const timers = new ManualTimers();
  const attempts: Attempt[] = [];
  const states: SenderState[] = [];
  const sender = new Sender(
    (lost, signal, again) =>
      new Promise<Link>((resolve, reject) => {
        const attempt: Attempt = {
          lost,
          signal,
          again,
          closed: false,
          stands: async (well = () => true) => {
            resolve({ isWell: well, close: () => (attempt.closed = true) });
            await Promise.resolve();
          },
          fails: async (error) => {
            reject(error);
            await Promise.resolve();
            await Promise.resolve();
          },
        };
        attempts.push(attempt);
      }),
    (state) => states.push(state),
    timers,
    () => 0,
  );
  sender.start();
  const last = () => {
    const attempt = attempts[attempts.length - 1];
    if (!attempt) throw new Error('nothing was tried');
    return attempt;
  };
  const untilNext = () => {
    if (sender.state.kind !== 'waiting') throw new Error(sender.state.kind);
    const wait = sender.state.retryAt - timers.now();
    timers.pass(wait);
    return wait;
  };
  return { timers, attempts, states, sender, last, untilNext };
}

const trouble = (what: Trouble) => new LinkFailure({ trouble: what });

describe('the sender', () => {
  it('sends when the first attempt stands', async () => {
    const { states, last } = start();
    await last().stands();
    expect(states.map(({ kind }) => kind)).toEqual(['connecting', 'sending']);
  });

  it('tries for ever: after 1, 2, 4, 8, 16 and then every 30 seconds', async () => {
    const { attempts, last, untilNext } = start();
    const waits: number[] = [];
    for (let round = 0; round < 8; round++) {
      await last().fails(trouble('noServer'));
      waits.push(untilNext());
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(attempts).toHaveLength(9);
  });

  it('gives up an attempt that brings nothing, and forgets its late answer', async () => {
    const { timers, attempts, sender } = start();
    timers.pass(ATTEMPT_MS);
    expect(sender.state).toMatchObject({ kind: 'waiting', trouble: 'connection' });
    expect(attempts[0]?.signal.aborted).toBe(true);
    await attempts[0]?.stands();
    expect(sender.state.kind).toBe('waiting');
    expect(attempts[0]?.closed).toBe(true);
  });

  it('tries at once when the network, the page or the server is back', async () => {
    const { timers, attempts, sender, last, untilNext } = start();
    for (let round = 0; round < 6; round++) {
      await last().fails(trouble('noServer'));
      untilNext();
    }
    await last().fails(trouble('noServer'));
    sender.nudge();
    expect(attempts).toHaveLength(8);
    expect(sender.state).toEqual({ kind: 'connecting', after: 'noServer' });
    await last().fails(trouble('noServer'));
    expect(sender.state).toMatchObject({ kind: 'waiting', retryAt: timers.now() + 1000 });
  });

  it('is not disturbed by a nudge while all is well, nor while it tries', async () => {
    const { attempts, sender, last } = start();
    sender.nudge();
    expect(attempts).toHaveLength(1);
    await last().stands();
    sender.nudge();
    expect(attempts).toHaveLength(1);
    expect(sender.state.kind).toBe('sending');
  });

  it('replaces a link that is no longer well when nudged', async () => {
    const { attempts, sender, last } = start();
    await last().stands(() => false);
    sender.nudge();
    expect(attempts).toHaveLength(2);
    expect(attempts[0]?.closed).toBe(true);
    expect(sender.state).toEqual({ kind: 'connecting', after: 'connection' });
  });

  it('begins again when a link that stood is lost, quickly if it stood long', async () => {
    const { timers, sender, last } = start();
    await last().stands();
    timers.pass(STEADY_MS);
    last().lost('cameraTaken');
    expect(sender.state).toEqual({ kind: 'waiting', trouble: 'cameraTaken', retryAt: timers.now() + 1000 });
  });

  it('lets two phones of one room not chase each other: a short success keeps the longer wait', async () => {
    const { timers, last, untilNext } = start();
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      await last().stands();
      timers.pass(1000);
      last().lost('connection');
      waits.push(untilNext());
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
  });

  it('stops for good when its key was revoked or the camera is not allowed', async () => {
    for (const why of ['revoked', 'notAllowed'] as const) {
      const { timers, attempts, sender, last } = start();
      await last().fails(new LinkFailure({ end: why }));
      expect(sender.state).toEqual({ kind: 'ended', why });
      timers.pass(3_600_000);
      sender.nudge();
      expect(attempts).toHaveLength(1);
    }
  });

  it('claims the room when somebody asks for it, and only asks when it comes back by itself', async () => {
    const { attempts, sender, last, untilNext } = start();
    await last().stands();
    last().lost('connection');
    untilNext();
    sender.restart();
    expect(attempts.map(({ again }) => again)).toEqual([false, true, false]);
  });

  it('can be stopped while sending and started again', async () => {
    const { attempts, sender, last } = start();
    await last().stands();
    sender.stop();
    expect(attempts[0]?.closed).toBe(true);
    attempts[0]?.lost('connection');
    expect(sender.state).toEqual({ kind: 'ended', why: 'stopped' });
    sender.start();
    expect(attempts).toHaveLength(2);
  });
});
