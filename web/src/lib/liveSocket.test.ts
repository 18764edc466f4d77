import { describe, expect, it } from 'vitest';
import { ManualTimers, socketMaker } from '../../tests/manualTimers';
import { type LinkState, LiveSocket } from './liveSocket';

function start() {
  const timers = new ManualTimers();
  const sockets = socketMaker();
  const states: LinkState[] = [];
  const messages: string[] = [];
  const reasons: (string | undefined)[] = [];
  let clocks = 0;
  let put = 0;
  const live = new LiveSocket(
    'ws://x',
    {
      onState: (state, reason) => {
        states.push(state);
        reasons.push(reason);
      },
      onMessage: (message) => messages.push(message.type),
      onClock: () => clocks++,
    },
    sockets.open,
    timers,
    () => 1_000_000 + put + timers.now(),
    () => 0,
  );
  live.start();
  /** The server answers every ping at once; its clock never moves but by the time that passes. */
  const pong = () => {
    const { t } = JSON.parse(sockets.last.sent.at(-1) ?? '{}');
    sockets.last.says({ type: 'pong', t, serverTime: new Date(1_000_000 + timers.now()).toISOString() });
  };
  return { timers, sockets, states, messages, reasons, live, pong, clocks: () => clocks, put: (ms: number) => (put += ms) };
}

const hello = { type: 'hello', serverTime: '2026-01-01T00:00:00Z' };
const heartbeat = { type: 'heartbeat', serverTime: '2026-01-01T00:00:05Z' };

describe('the live socket', () => {
  it('is open with the first word and stays open while the heart beats', () => {
    const { timers, sockets, states, messages } = start();
    sockets.last.opens();
    sockets.last.says(hello);
    for (let beat = 0; beat < 20; beat++) {
      timers.pass(5000);
      sockets.last.says(heartbeat);
    }
    expect(states).toEqual(['open']);
    expect(messages).toHaveLength(21);
    expect(sockets.made).toHaveLength(1);
  });

  it('is lost after twelve silent seconds, though the socket never closed', () => {
    const { timers, sockets, states } = start();
    sockets.last.says(hello);
    timers.pass(11_900);
    expect(states).toEqual(['open']);
    timers.pass(200);
    expect(states).toEqual(['open', 'lost']);
    timers.pass(600);
    expect(sockets.made).toHaveLength(2);
    sockets.last.says(hello);
    expect(states).toEqual(['open', 'lost', 'open']);
  });

  it('forgives a short break', () => {
    const { timers, sockets, states } = start();
    sockets.last.says(hello);
    sockets.last.breaks();
    timers.pass(500);
    sockets.last.says(hello);
    timers.pass(5000);
    sockets.last.says(heartbeat);
    expect(states).toEqual(['open', 'connecting', 'open']);
  });

  it('says that it is lost three seconds after a break, and keeps trying', () => {
    const { timers, sockets, states } = start();
    sockets.last.says(hello);
    sockets.last.breaks();
    for (let second = 0; second < 60; second++) {
      timers.pass(1000);
      if (!sockets.last.closed) sockets.last.breaks();
      if (second === 1) expect(states.at(-1)).toBe('connecting');
      if (second === 3) expect(states.at(-1)).toBe('lost');
    }
    expect(sockets.made.length).toBeGreaterThan(8);
    expect(states).toEqual(['open', 'connecting', 'lost']);
  });

  it('that never comes up is lost too', () => {
    const { timers, states } = start();
    timers.pass(3100);
    expect(states).toEqual(['lost']);
  });

  it('ends with the session, says why, and does not knock again', () => {
    const { timers, sockets, states, reasons } = start();
    sockets.last.says(hello);
    sockets.last.says({ type: 'session_ended', reason: 'revoked' });
    timers.pass(120_000);
    expect(states).toEqual(['open', 'ended']);
    expect(reasons.at(-1)).toBe('revoked');
    expect(sockets.made).toHaveLength(1);
  });

  it('measures the server’s clock with ping and pong', () => {
    const { timers, sockets, live } = start();
    sockets.last.opens();
    sockets.last.says(hello);
    const ping = JSON.parse(sockets.last.sent[0] ?? '{}');
    expect(ping).toEqual({ type: 'ping', t: 1_000_000 });
    timers.pass(40);
    sockets.last.says({ type: 'pong', t: ping.t, serverTime: new Date(1_005_020).toISOString() });
    expect(live.clock.offsetMs).toBe(5000);
    expect(live.clock.ageOf(1_005_000, 1_000_100)).toBe(100);
  });

  it('measures anew with the first beat after a clock was put', () => {
    const { timers, sockets, pong, clocks, put } = start();
    sockets.last.opens();
    sockets.last.says(hello);
    pong();
    timers.pass(5000);
    put(-3_600_000);
    sockets.last.says({ type: 'heartbeat', serverTime: new Date(1_005_000).toISOString() });
    expect(sockets.last.sent).toHaveLength(2);
    pong();
    expect(clocks()).toBe(2);
  });

  it('asks for the time again when its first answer took too long to tell it, as on a page that slept meanwhile', () => {
    const { timers, sockets, live, pong, clocks } = start();
    sockets.last.opens();
    sockets.last.says(hello);
    timers.pass(5500);
    sockets.last.says(heartbeat);
    const { t } = JSON.parse(sockets.last.sent[0] ?? '{}');
    timers.pass(5600);
    sockets.last.says({ type: 'pong', t, serverTime: new Date(1_000_000).toISOString() });
    expect([clocks(), live.clock.offsetMs]).toEqual([0, null]);
    timers.pass(500);
    pong();
    expect([clocks(), live.clock.offsetMs]).toEqual([1, 0]);
  });

  it('tells when the server’s time is known: after every connection, and when a clock was put', () => {
    const { timers, sockets, live, pong, clocks, put } = start();
    sockets.last.opens();
    sockets.last.says(hello);
    expect(clocks()).toBe(0);
    pong();
    timers.pass(10_000);
    pong();
    expect(clocks()).toBe(1);
    put(3_600_000);
    timers.pass(10_000);
    pong();
    expect(clocks()).toBe(2);
    expect(live.clock.offsetMs).toBe(-3_600_000);
    sockets.last.breaks();
    timers.pass(500);
    sockets.last.opens();
    sockets.last.says(hello);
    pong();
    expect(clocks()).toBe(3);
  });

  it('is nudged when the network returns', () => {
    const { timers, sockets, live } = start();
    for (let round = 0; round < 5; round++) {
      sockets.last.breaks();
      timers.pass(5000);
    }
    sockets.last.breaks();
    const before = sockets.made.length;
    live.nudge();
    expect(sockets.made).toHaveLength(before + 1);
  });
});
