import { type LullabyOrder, LullabyPlayer } from './lullabyPlayer';
import type { RoomKey } from './roomKey';
import type { RoomMessage } from './roomSocket';
import type { RoomView } from './roomView';
import { openSession, withKey } from './rtcSession';
import { Sender, type Trouble } from './sender';
import { SOUNDS } from './sounds';

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
type Player = Pick<LullabyPlayer, 'sound' | 'url' | 'adjust' | 'duck' | 'stop'>;
export type PlayLullaby = (order: LullabyOrder, ended: () => void) => Player;

/** The phone's loudspeaker: a line for voices is open while the phone sends, so that the first word is not lost. */
export class RoomSpeaker {
  private readonly room: RoomForSpeaker;
  private readonly line: Line;
  private readonly begin: PlayLullaby;
  private readonly listeners = new Set<() => void>();
  private leave: (() => void)[] = [];
  private name: string | null = null;
  private lullaby: Player | null = null;
  private listening = false;
  private playing = false;
  private echo = 0;

  constructor(room: RoomForSpeaker, key: RoomKey, line?: Line, begin?: PlayLullaby) {
    this.room = room;
    this.begin = begin ?? ((order, ended) => new LullabyPlayer(order, ended, (url) => fetchSound(key, url)));
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
    this.plays(null);
    if (this.listening) this.line.stop();
    this.listening = false;
  }

  private follow(): void {
    const { sender, link, paused } = this.room.get();
    if (sender.kind === 'ended') this.plays(null);
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
    if (message.type === 'lullaby') this.plays(orderIn(message));
  }

  /** A lost line changes nothing: the sound goes on to its end. */
  private plays(order: LullabyOrder | null): void {
    if (order && this.lullaby?.sound === order.sound && this.lullaby.url === order.url) {
      this.lullaby.adjust(order);
      return;
    }
    this.lullaby?.stop();
    this.lullaby =
      order &&
      this.begin(order, () => {
        this.lullaby = null;
        this.look();
      });
    this.lullaby?.duck(this.name !== null);
    this.look();
  }

  private speaks(name: string | null): void {
    if (name === this.name) return;
    this.name = name;
    this.lullaby?.duck(name !== null);
    for (const listener of this.listeners) listener();
    this.look();
  }

  private look(): void {
    window.clearTimeout(this.echo);
    if (this.name !== null || this.lullaby) this.play(true);
    else if (this.playing) this.echo = window.setTimeout(() => this.play(false), ECHO_MS);
  }

  private play(playing: boolean): void {
    if (playing === this.playing) return;
    this.playing = playing;
    void this.room.setPlaying(playing);
  }
}

function orderIn({ sound, volume, secondsLeft }: RoomMessage): LullabyOrder | null {
  const { id, url } = (sound ?? {}) as { id?: unknown; url?: unknown };
  if (typeof volume !== 'number' || typeof secondsLeft !== 'number' || secondsLeft <= 0) return null;
  if (id === 'file') return typeof url === 'string' ? { sound: id, url, volume, secondsLeft } : null;
  const known = SOUNDS.find((one) => one.id === id)?.id;
  return known ? { sound: known, url: null, volume, secondsLeft } : null;
}

async function fetchSound({ key }: RoomKey, url: string): Promise<Blob> {
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${key}` }, credentials: 'omit' });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.blob();
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
