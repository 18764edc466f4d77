import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from 'vitest';
import type { LullabySound } from '../../api/types';
import type { LullabyOrder } from './lullabyPlayer';
import type { RoomMessage } from './roomSocket';
import { ECHO_MS, RoomSpeaker } from './roomSpeaker';
import type { RoomView } from './roomView';

function aRoom() {
  let view = { sender: { kind: 'sending' }, link: 'open', paused: false } as RoomView;
  let changed = () => {};
  let say = (_: RoomMessage) => {};
  const setPlaying = vi.fn(() => Promise.resolve());
  const line = { start: vi.fn(), stop: vi.fn() };
  const room = {
    get: () => view,
    subscribe: (listener: () => void) => {
      changed = listener;
      return () => {};
    },
    onMessage: (listener: (message: RoomMessage) => void) => {
      say = listener;
      return () => {};
    },
    setPlaying,
  };
  const players: { sound: LullabySound; url: string | null; adjust: Mock; duck: Mock; stop: Mock; end: () => void }[] = [];
  const begin = (order: LullabyOrder, end: () => void) => {
    const player = { sound: order.sound, url: order.url, adjust: vi.fn(), duck: vi.fn(), stop: vi.fn(), end };
    players.push(player);
    return player;
  };
  const speaker = new RoomSpeaker(room, { key: 'k', cameraId: 3, cameraName: 'Nursery', householdName: 'Home' }, line, begin);
  const put = (part: Partial<RoomView>) => {
    view = { ...view, ...part };
    changed();
  };
  return { players, speaker, line, setPlaying, put, say: (message: RoomMessage) => say(message) };
}

describe('the loudspeaker of a room’s phone', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('has its line open while the phone sends and the server is there', () => {
    const { speaker, line, put } = aRoom();
    speaker.open();
    expect(line.start).toHaveBeenCalledOnce();
    put({ link: 'lost' });
    expect(line.stop).toHaveBeenCalledOnce();
    put({ link: 'open' });
    expect(line.start).toHaveBeenCalledTimes(2);
    put({ paused: true });
    expect(line.stop).toHaveBeenCalledTimes(2);
    speaker.close();
    expect(line.stop).toHaveBeenCalledTimes(2);
  });

  it('cancels echo from the first word until the echo of the last is over', () => {
    const { speaker, setPlaying, say } = aRoom();
    speaker.open();
    say({ type: 'talk', active: true, by: 'Ana' });
    expect(speaker.talker()).toBe('Ana');
    expect(setPlaying).toHaveBeenLastCalledWith(true);
    say({ type: 'talk', active: false, by: null });
    expect(speaker.talker()).toBeNull();
    expect(setPlaying).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(ECHO_MS);
    expect(setPlaying).toHaveBeenLastCalledWith(false);
  });

  it('knows that nobody speaks when the server is lost', () => {
    const { speaker, put, say } = aRoom();
    speaker.open();
    say({ type: 'talk', active: true, by: 'Ana' });
    put({ link: 'lost' });
    expect(speaker.talker()).toBeNull();
  });

  it('plays a lullaby, softer under a voice, over a lost line, until it is told or over', () => {
    const { speaker, players, setPlaying, put, say } = aRoom();
    const order = (id: string, volume: number) => say({ type: 'lullaby', sound: { id }, volume, secondsLeft: 60 });
    speaker.open();
    order('pink', 0.4);
    expect(setPlaying).toHaveBeenLastCalledWith(true);
    order('pink', 0.2);
    expect(players).toHaveLength(1);
    expect(players[0]?.adjust).toHaveBeenCalledWith(expect.objectContaining({ volume: 0.2 }));
    say({ type: 'talk', active: true, by: 'Ana' });
    expect(players[0]?.duck).toHaveBeenLastCalledWith(true);
    put({ link: 'lost' });
    expect(players[0]?.duck).toHaveBeenLastCalledWith(false);
    expect(players[0]?.stop).not.toHaveBeenCalled();

    order('melody', 0.4);
    expect(players[0]?.stop).toHaveBeenCalledOnce();
    expect(players[1]?.sound).toBe('melody');
    players[1]?.end();
    vi.advanceTimersByTime(ECHO_MS);
    expect(setPlaying).toHaveBeenLastCalledWith(false);

    order('white', 0.4);
    say({ type: 'lullaby', sound: null });
    expect(players[2]?.stop).toHaveBeenCalledOnce();
    order('burglar alarm', 1);
    expect(players).toHaveLength(3);
    order('white', 0.4);
    put({ sender: { kind: 'ended', why: 'stopped' } });
    expect(players[3]?.stop).toHaveBeenCalledOnce();
  });

  it('plays a file that the family brought, and another one as another sound', () => {
    const { speaker, players, say } = aRoom();
    const order = (url: string | null, volume = 0.4) => say({ type: 'lullaby', sound: { id: 'file', url }, volume, secondsLeft: 60 });
    speaker.open();
    order('/api/v1/cameras/3/lullaby/a');
    order('/api/v1/cameras/3/lullaby/a', 0.2);
    expect(players).toHaveLength(1);
    order('/api/v1/cameras/3/lullaby/b');
    expect(players.map(({ url }) => url)).toEqual(['/api/v1/cameras/3/lullaby/a', '/api/v1/cameras/3/lullaby/b']);
    expect(players[0]?.stop).toHaveBeenCalledOnce();
    order(null);
    expect(players[1]?.stop).toHaveBeenCalledOnce();
  });
});
