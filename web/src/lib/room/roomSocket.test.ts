import { describe, expect, it } from 'vitest';
import { ManualTimers, socketMaker } from '../../../tests/manualTimers';
import { type RoomLink, type RoomReport, RoomSocket, SILENCE_MS } from './roomSocket';

const report: RoomReport = {
  battery: 0.5,
  charging: true,
  rttMs: 4,
  lossPercent: 0,
  bitrate: 1e6,
  screen: 'dark',
  playing: false,
  microphone: 'on',
};

function start() {
  const timers = new ManualTimers();
  const sockets = socketMaker();
  const links: RoomLink[] = [];
  const messages: string[] = [];
  const room = new RoomSocket(
    'ws://vigil.test/ws/room',
    'abcdefgh.secret',
    { onLink: (link) => links.push(link), onMessage: (message) => messages.push(message.type) },
    sockets.open,
    timers,
    () => 0,
  );
  room.start();
  const greet = () => {
    sockets.last.opens();
    sockets.last.says({ type: 'welcome', cameraName: 'Nursery' });
  };
  return { timers, sockets, links, messages, room, greet };
}

describe('the line of a room phone', () => {
  it('shows its key in the first message and nowhere else', () => {
    const { sockets, links, greet } = start();
    greet();
    expect(sockets.last.sent.map((text) => JSON.parse(text))).toEqual([{ type: 'hello', key: 'abcdefgh.secret' }]);
    expect(links).toEqual(['open']);
  });

  it('reports at most once a second, always the newest', () => {
    const { timers, sockets, room, greet } = start();
    room.tell(report);
    greet();
    for (let battery = 1; battery < 6; battery++) room.tell({ ...report, battery: battery / 10 });
    expect(sockets.last.sent).toHaveLength(2);
    timers.pass(1000);
    expect(sockets.last.sent.slice(1).map((text) => JSON.parse(text).battery)).toEqual([0.5, 0.5]);
    expect(sockets.last.sent.map((text) => JSON.parse(text).type)).toEqual(['hello', 'state', 'state']);
  });

  it('is lost in silence, and comes back by itself', () => {
    const { timers, sockets, links, greet } = start();
    greet();
    for (let beat = 0; beat < 5; beat++) {
      timers.pass(5000);
      sockets.last.says({ type: 'heartbeat' });
    }
    timers.pass(SILENCE_MS);
    expect(links).toEqual(['open', 'lost']);
    timers.pass(500);
    expect(sockets.made).toHaveLength(2);
    greet();
    expect(links).toEqual(['open', 'lost', 'open']);
  });

  it('keeps knocking while the server is away, at once when nudged', () => {
    const { timers, sockets, room } = start();
    for (let round = 0; round < 10; round++) {
      sockets.last.breaks();
      timers.pass(10_000);
    }
    expect(sockets.made).toHaveLength(11);
    sockets.last.breaks();
    room.nudge();
    expect(sockets.made).toHaveLength(12);
  });

  it('ends for good when the key is revoked', () => {
    const { timers, sockets, links, room, greet } = start();
    greet();
    sockets.last.says({ type: 'revoked' });
    expect(links).toEqual(['open', 'revoked']);
    expect(sockets.last.closed).toBe(true);
    timers.pass(60_000);
    room.nudge();
    expect(sockets.made).toHaveLength(1);
  });

  it('leaves the room to a page of the same phone that came later', () => {
    const { timers, sockets, links, room, greet } = start();
    greet();
    sockets.last.says({ type: 'replaced', by: 'Phone' });
    sockets.last.breaks('replaced');
    expect(links).toEqual(['open', 'elsewhere']);
    timers.pass(60_000);
    room.nudge();
    expect(sockets.made).toHaveLength(1);
  });

  it('does not stumble over what it does not understand', () => {
    const { sockets, messages, greet } = start();
    greet();
    sockets.last.onmessage?.(new MessageEvent('message', { data: 'not json' }));
    sockets.last.says(null);
    sockets.last.says({ no: 'type' });
    sockets.last.says({ type: 'something new' });
    expect(messages).toEqual(['welcome', 'something new']);
  });
});
