import { describe, expect, it } from 'vitest';
import { ManualTimers, socketMaker } from '../../../tests/manualTimers';
import { LiveFeed } from './liveFeed';

function start() {
  const timers = new ManualTimers();
  const sockets = socketMaker();
  const heard: string[] = [];
  const feed = new LiveFeed(
    'ws://x',
    {
      onInit: (info, init) => heard.push(`init ${info.mime} ${info.generation} ${init.length}`),
      onFragment: (fragment) => heard.push(`fragment ${fragment.length}`),
      onWord: (word) => heard.push(`word ${word}`),
      onConnection: (connected) => heard.push(connected ? 'up' : 'down'),
    },
    sockets.open,
    timers,
    () => 0,
  );
  feed.restart();
  return { timers, sockets, heard, feed };
}

const init = { type: 'init', mime: 'video/mp4', generation: 7 };

describe('the socket of a live picture', () => {
  it('takes the first bytes after an init message as the init segment, and the rest as fragments', () => {
    const { sockets, heard } = start();
    sockets.last.opens();
    sockets.last.says(new ArrayBuffer(9));
    sockets.last.says(init);
    sockets.last.says(new ArrayBuffer(3));
    sockets.last.says(new ArrayBuffer(4));
    sockets.last.says({ ...init, generation: 8 });
    sockets.last.says(new ArrayBuffer(5));
    expect(heard).toEqual(['up', 'init video/mp4 7 3', 'fragment 4', 'init video/mp4 8 5']);
  });

  it('comes back for ever, waiting longer each time up to eight seconds', () => {
    const { timers, sockets } = start();
    const waits: number[] = [];
    for (let round = 0; round < 8; round++) {
      sockets.last.breaks();
      const before = sockets.made.length;
      let waited = 0;
      while (sockets.made.length === before) {
        timers.pass(100);
        waited += 100;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
  });

  it('starts over with short waits after a picture came', () => {
    const { timers, sockets } = start();
    for (let round = 0; round < 4; round++) {
      sockets.last.breaks();
      timers.pass(8000);
    }
    sockets.last.says(init);
    sockets.last.says(new ArrayBuffer(3));
    sockets.last.says(new ArrayBuffer(3));
    sockets.last.breaks();
    const before = sockets.made.length;
    timers.pass(500);
    expect(sockets.made.length).toBe(before + 1);
  });

  it('does not believe an open socket that says nothing', () => {
    const { timers, sockets, heard } = start();
    sockets.last.opens();
    timers.pass(14_000);
    expect(sockets.made).toHaveLength(1);
    timers.pass(2000);
    expect(sockets.made).toHaveLength(2);
    expect(heard).toEqual(['up', 'down']);
  });

  it('once stopped stays silent', () => {
    const { timers, sockets, feed, heard } = start();
    const socket = sockets.last;
    feed.stop();
    expect(socket.closed).toBe(true);
    timers.pass(60_000);
    expect(sockets.made).toHaveLength(1);
    expect(heard).toEqual([]);
  });

  it('passes the server’s reason on, and drops nonsense', () => {
    const { sockets, heard } = start();
    sockets.last.says({ type: 'stale' });
    sockets.last.says({ type: 'ended', reason: 'paused' });
    sockets.last.onmessage?.(new MessageEvent('message', { data: '{' }));
    expect(heard).toEqual(['word stale', 'word paused']);
  });
});
