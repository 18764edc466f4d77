import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RoomView } from './roomCamera';
import type { RoomMessage } from './roomSocket';
import { ECHO_MS, RoomSpeaker } from './roomSpeaker';

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
  const speaker = new RoomSpeaker(room, { key: 'k', cameraId: 3, cameraName: 'Nursery', householdName: 'Home' }, line);
  const put = (part: Partial<RoomView>) => {
    view = { ...view, ...part };
    changed();
  };
  return { speaker, line, setPlaying, put, say: (message: RoomMessage) => say(message) };
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
});
