import { describe, expect, it, vi } from 'vitest';
import type { CameraEvent } from '../api/types';
import { AlertBook, isAlarm } from './alertBook';
import { SoundGate } from './sound';

const at = Date.parse('2026-01-01T03:00:00Z');
const event = (change: Partial<CameraEvent> = {}): CameraEvent => ({
  id: 'a',
  cameraId: 1,
  cameraName: 'Nursery',
  kind: 'sound',
  startedAt: new Date(at).toISOString(),
  endedAt: null,
  peak: 9000,
  level: 'red',
  score: null,
  box: null,
  detail: null,
  clip: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  ...change,
});

describe('the book of alarms', () => {
  it('holds red noises and lost cameras, not yellow ones', () => {
    expect(isAlarm(event())).toBe(true);
    expect(isAlarm(event({ level: 'yellow' }))).toBe(false);
    expect(isAlarm(event({ kind: 'cameraOffline', level: null }))).toBe(true);
    expect(isAlarm(event({ kind: 'cameraOnline', level: null }))).toBe(false);
    expect(isAlarm(event({ kind: 'motion', level: null }))).toBe(false);
  });

  it('puts an alarm up once and follows its changes', () => {
    const book = new AlertBook();
    expect(book.apply(event(), at, 0)).toBe(true);
    expect(book.apply(event({ endedAt: new Date(at + 4000).toISOString() }), at, 10)).toBe(true);
    expect(book.standing).toHaveLength(1);
    expect(book.standing[0]?.event.endedAt).not.toBeNull();
    expect(book.standing[0]?.over).toBe(false);
  });

  it('takes it down everywhere when somebody has seen it, and not up again', () => {
    const book = new AlertBook();
    book.apply(event(), at, 0);
    expect(book.apply(event({ acknowledgedAt: new Date(at).toISOString() }), at, 10)).toBe(true);
    expect(book.standing).toEqual([]);
    expect(book.apply(event(), at, 20)).toBe(false);
  });

  it('keeps what was answered here answered, even if the server was never told', () => {
    const book = new AlertBook();
    book.apply(event(), at, 0);
    book.answer('a');
    expect(book.apply(event({ peak: 12_000 }), at, 10)).toBe(false);
    expect(book.standing).toEqual([]);
  });

  it('leaves what is long past to the list of events', () => {
    const book = new AlertBook();
    const ended = event({ endedAt: new Date(at + 4000).toISOString() });
    expect(book.apply(ended, at + 16 * 60_000, 0)).toBe(false);
    expect(book.apply(event({ endedAt: new Date(at + 14 * 60_000).toISOString() }), at + 16 * 60_000, 0)).toBe(true);
  });

  it('puts up what still goes on, however late the page came: a cry that began twenty minutes ago', () => {
    const book = new AlertBook();
    expect(book.apply(event({ kind: 'cry', level: null }), at + 20 * 60_000, 0)).toBe(true);
    expect(AlertBook.wait(book.standing, 0, null)).toBe(0);
    expect(book.apply(event({ id: 'b', kind: 'cameraOffline', level: null }), at + 24 * 3_600_000, 0)).toBe(false);
  });

  it('stops ringing for a camera that came back, and keeps the card', () => {
    const book = new AlertBook();
    book.apply(event({ kind: 'cameraOffline', level: null }), at, 0);
    expect(AlertBook.wait(book.standing, 1, null)).toBe(0);
    expect(book.apply(event({ id: 'b', kind: 'cameraOnline', level: null }), at, 100)).toBe(true);
    expect(book.standing).toHaveLength(1);
    expect(AlertBook.wait(book.standing, 200, 100)).toBeNull();
  });

  it('rings insistently for two minutes, then reminds, and never falls silent', () => {
    const book = new AlertBook();
    book.apply(event(), at, 0);
    expect(AlertBook.wait(book.standing, 0, null)).toBe(0);
    expect(AlertBook.wait(book.standing, 1000, 0)).toBe(1200);
    expect(AlertBook.wait(book.standing, 2200, 0)).toBe(0);
    expect(AlertBook.wait(book.standing, 3_600_000, 3_599_000)).toBe(14_000);
  });

  it('rings at once for a second alarm', () => {
    const book = new AlertBook();
    book.apply(event(), at, 0);
    book.apply(event({ id: 'b' }), at, 1500);
    expect(AlertBook.wait(book.standing, 1500, 1000)).toBe(0);
  });
});

function fakeContext(state: string) {
  const listeners: (() => void)[] = [];
  const started = vi.fn();
  const param = { setValueAtTime: () => undefined, linearRampToValueAtTime: () => undefined };
  const context = {
    state,
    currentTime: 0,
    destination: {},
    resume: vi.fn(async () => {
      context.state = 'running';
    }),
    createGain: () => ({ gain: param, connect: () => undefined }),
    createOscillator: () => ({ type: '', frequency: param, connect: () => undefined, start: started, stop: () => undefined }),
    addEventListener: (_type: string, listener: () => void) => listeners.push(listener),
  };
  return { context, started, changed: () => listeners.forEach((listener) => void listener()) };
}

describe('the gate of sound', () => {
  const gateFor = (fake: ReturnType<typeof fakeContext>) => new SoundGate(() => fake.context as never);

  it('is blocked until a touch, and says so', async () => {
    const fake = fakeContext('suspended');
    const gate = gateFor(fake);
    const told = vi.fn();
    gate.subscribe(told);
    gate.look();
    expect(gate.current).toBe('blocked');
    gate.alarm(0);
    expect(fake.started).not.toHaveBeenCalled();
    await gate.unlock();
    expect(gate.current).toBe('ready');
    expect(told).toHaveBeenCalledTimes(2);
    gate.alarm(0);
    expect(fake.started).toHaveBeenCalledTimes(4);
  });

  it('notices when a phone call takes the sound away', () => {
    const fake = fakeContext('running');
    const gate = gateFor(fake);
    gate.look();
    expect(gate.current).toBe('ready');
    fake.context.state = 'interrupted';
    fake.changed();
    expect(gate.current).toBe('blocked');
  });

  it('stays blocked when the browser refuses', async () => {
    const fake = fakeContext('suspended');
    fake.context.resume.mockRejectedValue(new Error('no'));
    const gate = gateFor(fake);
    await gate.unlock();
    expect(gate.current).toBe('blocked');
  });

  it('says so when there is no sound at all', () => {
    const gate = new SoundGate(() => {
      throw new Error('none');
    });
    gate.look();
    expect(gate.current).toBe('missing');
  });
});
