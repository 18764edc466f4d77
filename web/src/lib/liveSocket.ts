import { Backoff } from './backoff';
import { ServerClock } from './serverClock';
import { browserTimers, type OpenSocket, openBrowserSocket, type SocketLike, type Timers } from './timers';

/**
 * connecting: not yet up, still within patience. open: heard within the last seconds. lost: nothing can reach this page, which
 * must be said loudly. ended: the session is over; nothing will be tried until somebody signs in.
 */
export type LinkState = 'connecting' | 'open' | 'lost' | 'ended';

export type LiveMessage = { type: string } & Record<string, unknown>;

export type LiveSocketEvents = {
  onState: (state: LinkState, reason?: string) => void;
  onMessage: (message: LiveMessage) => void;
  /** The server's time is known, after every connection and when a clock was put: from now on it can be said what is fresh. */
  onClock: () => void;
};

/** The server speaks every 5 s; two beats and a bit without a word and the link is lost. */
export const WATCHDOG_MS = 12_000;
/** A socket that closes gets this long to come back before anybody is frightened. */
export const GRACE_MS = 3000;
const PING_EVERY_MS = 10_000;
/** A first answer that took too long tells no time: a page that slept in between asks again at once. */
const ASK_AGAIN_MS = 500;
/** A beat that comes from so far in the past or the future says that a clock was put. */
const PUT_MS = 3000;

/** The one socket of a page: events, levels, camera states, heartbeat. A state machine whose clock and socket are arguments. */
export class LiveSocket {
  readonly clock = new ServerClock();
  private readonly address: string;
  private readonly events: LiveSocketEvents;
  private readonly open: OpenSocket;
  private readonly timers: Timers;
  private readonly wallNow: () => number;
  private readonly backoff: Backoff;
  private socket: SocketLike | null = null;
  private state: LinkState = 'connecting';
  private watchdog: number | null = null;
  private grace: number | null = null;
  private retry: number | null = null;
  private ping: number | null = null;
  private running = false;
  private timed = false;

  constructor(
    address: string,
    events: LiveSocketEvents,
    open: OpenSocket = openBrowserSocket,
    timers: Timers = browserTimers,
    wallNow: () => number = Date.now,
    random: () => number = Math.random,
  ) {
    this.address = address;
    this.events = events;
    this.open = open;
    this.timers = timers;
    this.wallNow = wallNow;
    this.backoff = new Backoff(500, 5000, random);
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.beginGrace();
    this.connect();
  }

  stop(): void {
    this.running = false;
    for (const handle of [this.watchdog, this.grace, this.retry, this.ping]) if (handle !== null) this.timers.clear(handle);
    this.watchdog = this.grace = this.retry = this.ping = null;
    this.drop();
  }

  /** The device has a network again, or the page was opened again: do not wait for the back-off. */
  nudge(): void {
    if (!this.running || this.state === 'open' || this.state === 'ended') return;
    if (this.retry !== null) this.timers.clear(this.retry);
    this.retry = null;
    this.drop();
    this.connect();
  }

  private connect(): void {
    const socket = this.open(this.address);
    this.socket = socket;
    this.timed = false;
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = () => this.closed(socket);
    socket.onopen = null;
    socket.onerror = null;
    this.feedWatchdog();
  }

  private receive(socket: SocketLike, data: unknown): void {
    if (socket !== this.socket || typeof data !== 'string') return;
    let message: LiveMessage;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (!message || typeof message.type !== 'string') return;
    this.feedWatchdog();
    if (message.type === 'session_ended') {
      this.end(typeof message.reason === 'string' ? message.reason : undefined);
      return;
    }
    if (this.grace !== null) this.timers.clear(this.grace);
    this.grace = null;
    this.backoff.reset();
    if (this.state !== 'open') {
      this.enter('open');
      this.sendPing();
    }
    if (message.type === 'pong' && typeof message.t === 'number' && typeof message.serverTime === 'string') {
      const put = this.clock.exchange(message.t, this.wallNow(), Date.parse(message.serverTime));
      if (this.clock.offsetMs === null) {
        this.pingIn(ASK_AGAIN_MS);
        return;
      }
      if (put || !this.timed) this.events.onClock();
      this.timed = true;
      return;
    }
    // Timers of a hidden page are slow, messages are not: a clock that was put is noticed with the next beat.
    const age = typeof message.serverTime === 'string' ? this.clock.ageOf(Date.parse(message.serverTime), this.wallNow()) : null;
    if (age !== null && Math.abs(age) > PUT_MS) this.sendPing();
    this.events.onMessage(message);
  }

  private sendPing(): void {
    this.pingIn(PING_EVERY_MS);
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify({ type: 'ping', t: this.wallNow() }));
  }

  private pingIn(ms: number): void {
    if (this.ping !== null) this.timers.clear(this.ping);
    this.ping = this.timers.set(() => this.sendPing(), ms);
  }

  private feedWatchdog(): void {
    if (this.watchdog !== null) this.timers.clear(this.watchdog);
    const socket = this.socket;
    this.watchdog = this.timers.set(() => {
      this.watchdog = null;
      this.enter('lost');
      if (socket) this.closed(socket);
    }, WATCHDOG_MS);
  }

  private closed(socket: SocketLike): void {
    if (socket !== this.socket || !this.running || this.state === 'ended') return;
    this.drop();
    if (this.ping !== null) this.timers.clear(this.ping);
    this.ping = null;
    if (this.watchdog !== null) this.timers.clear(this.watchdog);
    this.watchdog = null;
    if (this.state === 'open') {
      this.enter('connecting');
      this.beginGrace();
    }
    this.retry = this.timers.set(() => {
      this.retry = null;
      this.connect();
    }, this.backoff.next());
  }

  private beginGrace(): void {
    if (this.grace !== null) this.timers.clear(this.grace);
    this.grace = this.timers.set(() => {
      this.grace = null;
      if (this.state === 'connecting') this.enter('lost');
    }, GRACE_MS);
  }

  private end(reason?: string): void {
    this.stop();
    this.enter('ended', reason);
  }

  private enter(state: LinkState, reason?: string): void {
    if (this.state === state) return;
    this.state = state;
    this.events.onState(state, reason);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
