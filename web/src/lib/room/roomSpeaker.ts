import type { RoomView } from './roomCamera';
import type { RoomKey } from './roomKey';
import type { RoomMessage } from './roomSocket';
import { openSession, withKey } from './rtcSession';
import { Sender, type Trouble } from './sender';

/** The echo of the last word is over by then; only then does the microphone go back to hearing everything as it is. */
export const ECHO_MS = 1500;

/** What the loudspeaker needs of the room. */
export type RoomForSpeaker = {
  get: () => RoomView;
  subscribe: (listener: () => void) => () => void;
  onMessage: (listener: (message: RoomMessage) => void) => () => void;
  setPlaying: (playing: boolean) => Promise<void>;
};

type Line = Pick<Sender, 'start' | 'stop'>;

/** The phone's loudspeaker: a line for voices is open while the phone sends, so that the first word is not lost. */
export class RoomSpeaker {
  private readonly room: RoomForSpeaker;
  private readonly line: Line;
  private readonly listeners = new Set<() => void>();
  private leave: (() => void)[] = [];
  private name: string | null = null;
  private listening = false;
  private playing = false;
  private echo = 0;

  constructor(room: RoomForSpeaker, key: RoomKey, line?: Line) {
    this.room = room;
    this.line =
      line ??
      new Sender(
        (lost, signal) => listen(key, lost, signal),
        () => undefined,
      );
  }

  /** Who speaks into the room; null when nobody does. */
  readonly talker = () => this.name;

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  open(): void {
    this.leave = [this.room.subscribe(() => this.follow()), this.room.onMessage((message) => this.take(message))];
    this.follow();
  }

  close(): void {
    for (const leave of this.leave) leave();
    window.clearTimeout(this.echo);
    if (this.listening) this.line.stop();
    this.listening = false;
  }

  private follow(): void {
    const { sender, link, paused } = this.room.get();
    const wanted = sender.kind === 'sending' && link === 'open' && !paused;
    if (wanted === this.listening) return;
    this.listening = wanted;
    if (wanted) this.line.start();
    else {
      this.line.stop();
      this.speaks(null);
    }
  }

  private take(message: RoomMessage): void {
    if (message.type === 'talk') this.speaks(message.active === true ? String(message.by ?? 'Somebody') : null);
  }

  private speaks(name: string | null): void {
    if (name === this.name) return;
    this.name = name;
    for (const listener of this.listeners) listener();
    window.clearTimeout(this.echo);
    if (name !== null) this.play(true);
    else this.echo = window.setTimeout(() => this.play(false), ECHO_MS);
  }

  private play(playing: boolean): void {
    if (playing === this.playing) return;
    this.playing = playing;
    void this.room.setPlaying(playing);
  }
}

async function listen({ key, cameraId }: RoomKey, lost: (trouble: Trouble) => void, signal: AbortSignal) {
  const element = document.createElement('audio');
  element.autoplay = true;
  element.hidden = true;
  element.dataset.voice = '';
  document.body.append(element);
  try {
    const where = withKey({ address: `/api/v1/cameras/${cameraId}/talk/whep`, key });
    const prepare = (peer: RTCPeerConnection) => {
      const { receiver } = peer.addTransceiver('audio', { direction: 'recvonly' });
      element.srcObject = new MediaStream([receiver.track]);
      // Browsers let a page that captures play; where one does not, the next touch of the screen does.
      const play = () => void element.play().catch(() => document.addEventListener('pointerdown', play, { once: true }));
      play();
    };
    const session = await openSession(where, prepare, lost, signal);
    return {
      isWell: session.isWell,
      close: () => {
        session.close();
        remove(element);
      },
    };
  } catch (error) {
    remove(element);
    throw error;
  }
}

function remove(element: HTMLAudioElement): void {
  element.srcObject = null;
  element.remove();
}
