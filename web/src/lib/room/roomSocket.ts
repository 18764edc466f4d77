import { Backoff } from '../backoff';
import { browserTimers, type OpenSocket, openBrowserSocket, type SocketLike, type Timers } from '../timers';

export type RoomLink = 'connecting' | 'open' | 'lost' | 'revoked' | 'elsewhere';
export type RoomMessage = { type: string } & Record<string, unknown>;

/** What a room phone tells about itself. `null` is what a browser does not say. */
export type RoomReport = {
  battery: number | null;
  charging: boolean | null;
  rttMs: number | null;
  lossPercent: number | null;
  bitrate: number | null;
  screen: 'on' | 'dark';
  playing: boolean;
  microphone: 'on' | 'muted' | 'none' | null;
};

export type RoomSocketEvents = {
  onLink: (link: RoomLink) => void;
  onMessage: (message: RoomMessage) => void;
};

/** The server speaks every 5 s; two beats and a bit without a word and the link is lost. */
export const SILENCE_MS = 12_000;
/** A socket that nobody wants any more may connect for this long before it is closed. */
const CONNECT_MS = 3000;
/** One report a second at most, however often things change. */
export const REPORT_EVERY_MS = 1000;

/** The line between a room phone and Vigil. The key goes into its first message, never into an address. */
export class RoomSocket {
  private readonly address: string;
  private readonly key: string;
  private readonly events: RoomSocketEvents;
  private readonly open: OpenSocket;
  private readonly timers: Timers;
  private readonly sending: boolean;
  private readonly backoff: Backoff;
  private socket: SocketLike | null = null;
  private link: RoomLink = 'connecting';
  private running = false;
  private watchdog: number | null = null;
  private retry: number | null = null;
  private reporting: number | null = null;
  private report: RoomReport | null = null;

  constructor(
    address: string,
    key: string,
    events: RoomSocketEvents,
    open: OpenSocket = openBrowserSocket,
    timers: Timers = browserTimers,
    random: () => number = Math.random,
    sending = true,
  ) {
    this.address = address;
    this.key = key;
    this.events = events;
    this.open = open;
    this.timers = timers;
    this.sending = sending;
    this.backoff = new Backoff(500, 5000, random);
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.connect();
  }

  stop(): void {
    this.running = false;
    this.watchdog = this.clear(this.watchdog);
    this.retry = this.clear(this.retry);
    this.reporting = this.clear(this.reporting);
    // A browser complains aloud of a socket that is closed while it still connects.
    const { socket } = this;
    if (socket?.readyState === 0) {
      this.socket = null;
      socket.onmessage = socket.onclose = null;
      socket.onopen = () => socket.close();
      this.timers.set(() => socket.close(), CONNECT_MS);
    } else this.drop();
  }

  nudge(): void {
    if (!this.running || this.link === 'open') return;
    this.backoff.reset();
    this.connect();
  }

  /** The newest report replaces one that has not gone yet. */
  tell(report: RoomReport): void {
    this.report = report;
    if (this.reporting === null) this.sendReport();
  }

  private sendReport(): void {
    if (this.link !== 'open' || this.socket?.readyState !== 1 || !this.report) return;
    this.socket.send(JSON.stringify({ type: 'state', ...this.report }));
    this.report = null;
    this.reporting = this.timers.set(() => {
      this.reporting = null;
      this.sendReport();
    }, REPORT_EVERY_MS);
  }

  private connect(): void {
    this.retry = this.clear(this.retry);
    this.drop();
    const socket = this.open(this.address);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', key: this.key, ...(this.sending ? {} : { sending: false }) }));
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = ({ reason }) => (reason === 'replaced' ? this.replaced(socket) : this.closed(socket));
    socket.onerror = null;
    this.watch(socket);
  }

  private receive(socket: SocketLike, data: unknown): void {
    if (socket !== this.socket || typeof data !== 'string') return;
    let message: RoomMessage;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (!message || typeof message.type !== 'string') return;
    if (message.type === 'revoked') {
      this.stop();
      this.enter('revoked');
      return;
    }
    this.watch(socket);
    if (message.type === 'welcome') {
      this.backoff.reset();
      this.enter('open');
    }
    this.events.onMessage(message);
    if (message.type === 'welcome' && this.reporting === null) this.sendReport();
  }

  private watch(socket: SocketLike): void {
    this.watchdog = this.clear(this.watchdog);
    this.watchdog = this.timers.set(() => {
      this.watchdog = null;
      this.closed(socket);
    }, SILENCE_MS);
  }

  private closed(socket: SocketLike): void {
    if (socket !== this.socket || !this.running) return;
    this.watchdog = this.clear(this.watchdog);
    this.drop();
    this.enter('lost');
    this.retry = this.timers.set(() => {
      this.retry = null;
      this.connect();
    }, this.backoff.next());
  }

  /** Another page with the same key has come: two that both came back would drive each other out every second. */
  private replaced(socket: SocketLike): void {
    if (socket !== this.socket) return;
    this.stop();
    this.enter('elsewhere');
  }

  private enter(link: RoomLink): void {
    if (this.link === link) return;
    this.link = link;
    this.events.onLink(link);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private clear(handle: number | null): null {
    if (handle !== null) this.timers.clear(handle);
    return null;
  }
}
