import { openSession, type Session, type Where } from '../room/rtcSession';
import { LinkFailure } from '../room/sender';
import { browserTimers, type Timers } from '../timers';

/** A forgotten finger or a locked button does not leave a microphone open. */
export const LONGEST_MS = 60_000;

/** `why`: what a person should know about the end of the last try. */
export type TalkState = { kind: 'idle'; why: string | null } | { kind: 'opening' } | { kind: 'talking' };

/** Opens a session with this track; `lost` may be called at any time after. */
export type OpenVoice = (track: MediaStreamTrack, lost: () => void) => Promise<Pick<Session, 'close'>>;
type Devices = Pick<MediaDevices, 'getUserMedia'>;

export const voiceTo =
  (where: () => Where): OpenVoice =>
  (track, lost) =>
    openSession(where(), (peer) => void peer.addTransceiver(track, { direction: 'sendonly' }), lost);

/** A parent's voice into a room: the microphone is open exactly while somebody speaks. */
export class Talker {
  private readonly open: OpenVoice;
  private readonly tell: (state: TalkState) => void;
  private readonly devices: Devices;
  private readonly timers: Timers;
  private current: TalkState = { kind: 'idle', why: null };
  private attempt = 0;
  private track: MediaStreamTrack | null = null;
  private session: Pick<Session, 'close'> | null = null;
  private timer: number | null = null;

  constructor(
    open: OpenVoice,
    tell: (state: TalkState) => void,
    devices: Devices = navigator.mediaDevices,
    timers: Timers = browserTimers,
  ) {
    this.open = open;
    this.tell = tell;
    this.devices = devices;
    this.timers = timers;
  }

  get state(): TalkState {
    return this.current;
  }

  async start(): Promise<void> {
    if (this.current.kind !== 'idle') return;
    const mine = ++this.attempt;
    this.enter({ kind: 'opening' });
    try {
      const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
      const track = (await this.devices.getUserMedia({ audio })).getAudioTracks()[0];
      if (!track) throw new LinkFailure({ trouble: 'noCamera' }, 'This device has no microphone.');
      if (mine !== this.attempt) {
        track.stop();
        return;
      }
      this.track = track;
      track.onended = () => this.fail(mine, 'The microphone was taken away.');
      const session = await this.open(track, () => this.fail(mine, 'The connection broke. Press again.'));
      if (mine !== this.attempt) {
        session.close(); // Let go before it stood: the server learns that nobody speaks.
        return;
      }
      this.session = session;
      this.timer = this.timers.set(() => this.fail(mine, 'A minute is over. Press again to go on.'), LONGEST_MS);
      this.enter({ kind: 'talking' });
    } catch (error) {
      this.fail(mine, wordsFor(error));
    }
  }

  stop(why: string | null = null): void {
    this.attempt++;
    if (this.timer !== null) this.timers.clear(this.timer);
    this.timer = null;
    if (this.track) this.track.onended = null;
    this.track?.stop();
    this.track = null;
    this.session?.close();
    this.session = null;
    if (this.current.kind !== 'idle') this.enter({ kind: 'idle', why });
  }

  private fail(mine: number, why: string): void {
    if (mine === this.attempt) this.stop(why);
  }

  private enter(state: TalkState): void {
    this.current = state;
    this.tell(state);
  }
}

function wordsFor(error: unknown): string {
  if (error instanceof LinkFailure) {
    if (error.words) return error.words;
    if (error.trouble === 'noServer') return 'Vigil does not answer. Check your network, then try again.';
    if (error.trouble === 'paused') return 'The camera is paused for privacy.';
    return error.end === 'revoked' ? 'Please sign in again.' : 'Your voice does not get through. Try again.';
  }
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError')
    return 'The browser does not give the microphone. Allow it in the settings of this page, then press again.';
  if (name === 'NotFoundError') return 'This device has no microphone.';
  return 'The microphone could not be opened. Another app may have it.';
}
