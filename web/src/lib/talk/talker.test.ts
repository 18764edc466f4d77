import { describe, expect, it, vi } from 'vitest';
import { ManualTimers } from '../../../tests/manualTimers';
import { LinkFailure } from '../room/sender';
import { DUCKED, duck } from './duck';
import { LONGEST_MS, type OpenVoice, Talker, type TalkState } from './talker';

function microphone() {
  const track = { stop: vi.fn(), onended: null as (() => void) | null };
  const stream = { getAudioTracks: () => [track] } as unknown as MediaStream;
  return { track, devices: { getUserMedia: vi.fn(() => Promise.resolve(stream)) } };
}

function talking(open?: OpenVoice) {
  const { track, devices } = microphone();
  const close = vi.fn();
  const timers = new ManualTimers();
  const states: TalkState[] = [];
  let lost = () => {};
  const talker = new Talker(
    open ??
      ((_, whenLost) => {
        lost = whenLost;
        return Promise.resolve({ close });
      }),
    (state) => states.push(state),
    devices,
    timers,
  );
  return { talker, track, devices, close, timers, states, breaks: () => lost() };
}

describe('a voice into a room', () => {
  it('is open exactly while somebody speaks', async () => {
    const { talker, track, devices, close, states } = talking();
    await talker.start();
    expect(states.map(({ kind }) => kind)).toEqual(['opening', 'talking']);
    expect(devices.getUserMedia).toHaveBeenCalledWith({ audio: expect.objectContaining({ echoCancellation: true }) });
    talker.stop();
    expect(talker.state).toEqual({ kind: 'idle', why: null });
    expect(track.stop).toHaveBeenCalledOnce();
    expect(close).toHaveBeenCalledOnce();
  });

  it('that is let go before it stands is ended all the same', async () => {
    let stands = (_: { close: () => void }) => {};
    const close = vi.fn();
    const { talker, track } = talking(
      () =>
        new Promise((done) => {
          stands = done;
        }),
    );
    const starting = talker.start();
    await Promise.resolve();
    await Promise.resolve();
    talker.stop();
    expect(track.stop).toHaveBeenCalledOnce();
    stands({ close });
    await starting;
    expect(close).toHaveBeenCalledOnce();
    expect(talker.state.kind).toBe('idle');
  });

  it('ends after a minute, and says so', async () => {
    const { talker, timers, close } = talking();
    await talker.start();
    timers.pass(LONGEST_MS - 1);
    expect(talker.state.kind).toBe('talking');
    timers.pass(1);
    expect(talker.state).toEqual({ kind: 'idle', why: expect.stringContaining('A minute') });
    expect(close).toHaveBeenCalledOnce();
  });

  it('ends with the connection or the microphone', async () => {
    const one = talking();
    await one.talker.start();
    one.breaks();
    expect(one.talker.state).toMatchObject({ why: expect.stringContaining('connection broke') });
    const two = talking();
    await two.talker.start();
    two.track.onended?.();
    expect(two.talker.state).toMatchObject({ why: expect.stringContaining('taken away') });
  });

  it('hands on the server’s sentence, and knows what browsers mean', async () => {
    const busy = talking(() => Promise.reject(new LinkFailure({ trouble: 'refused' }, 'Ben is speaking just now.')));
    await busy.talker.start();
    expect(busy.talker.state).toEqual({ kind: 'idle', why: 'Ben is speaking just now.' });
    const denied = talking();
    denied.devices.getUserMedia.mockRejectedValue(Object.assign(new Error(), { name: 'NotAllowedError' }));
    await denied.talker.start();
    expect(denied.talker.state).toMatchObject({ why: expect.stringContaining('Allow it') });
  });
});

describe('what plays on a page', () => {
  it('is turned down and comes back as it was', () => {
    document.body.innerHTML = '<video></video><audio></audio>';
    const [video, audio] = [...document.querySelectorAll<HTMLMediaElement>('video, audio')] as [HTMLMediaElement, HTMLMediaElement];
    video.volume = 0.8;
    audio.muted = true;
    const up = duck();
    expect(video.volume).toBe(DUCKED);
    up();
    expect(video.volume).toBe(0.8);
    expect([video.muted, audio.muted]).toEqual([false, true]);
  });
});
