import { Backoff } from '../backoff';
import { browserTimers, type OpenSocket, openBrowserSocket, type SocketLike, type Timers } from '../timers';

export type StreamInfo = {
  mime: string;
  generation: number;
  video: { codecString?: string; width?: number; height?: number; framesPerSecond?: number } | null;
  audio: object | null;
};

export type FeedListener = {
  /** A new stream begins: everything after this belongs to it. */
  onInit: (info: StreamInfo, init: Uint8Array) => void;
  onFragment: (fragment: Uint8Array) => void;
  /** The server said why there is nothing now. The picture's own clock decides what is shown; this is for words only. */
  onWord?: (word: string) => void;
  /** The camera's video cannot be put into fragments: pictures are to be had another way. */
  onUnsupported?: () => void;
  onConnection?: (connected: boolean) => void;
};

/** An open socket without a byte for this long is not believed. Longer than the server's own patience with a camera (10 s). */
const SILENCE_MS = 15_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 8000;

/** The socket of one live picture. Reconnects for ever; stops only when told. */
export class LiveFeed {
  private readonly address: string;
  private readonly listener: FeedListener;
  private readonly open: OpenSocket;
  private readonly timers: Timers;
  private readonly backoff: Backoff;
  private socket: SocketLike | null = null;
  private pendingInfo: StreamInfo | null = null;
  private started = false;
  private inStream = false;
  private watchdog: number | null = null;
  private retry: number | null = null;

  constructor(
    address: string,
    listener: FeedListener,
    open = openBrowserSocket,
    timers = browserTimers,
    random: () => number = Math.random,
  ) {
    this.address = address;
    this.listener = listener;
    this.open = open;
    this.timers = timers;
    this.backoff = new Backoff(FIRST_RETRY_MS, LAST_RETRY_MS, random);
  }

  stop(): void {
    this.started = false;
    this.drop();
    if (this.retry !== null) this.timers.clear(this.retry);
    this.retry = null;
  }

  /** Starts, or asks for the stream from its last key frame again, at once. */
  restart(): void {
    this.started = true;
    this.drop();
    if (this.retry !== null) this.timers.clear(this.retry);
    this.retry = null;
    this.connect();
  }

  private connect(): void {
    this.pendingInfo = null;
    this.inStream = false;
    const socket = this.open(this.address);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => this.listener.onConnection?.(true);
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = () => this.lost(socket);
    socket.onerror = null;
    this.listen();
  }

  private receive(data: unknown): void {
    this.listen();
    if (typeof data === 'string') {
      this.text(data);
    } else if (data instanceof ArrayBuffer) {
      const bytes = new Uint8Array(data);
      if (this.pendingInfo) {
        const info = this.pendingInfo;
        this.pendingInfo = null;
        this.inStream = true;
        this.listener.onInit(info, bytes);
      } else if (this.inStream) {
        this.backoff.reset();
        this.listener.onFragment(bytes);
      }
    }
  }

  private text(data: string): void {
    let message: { type?: string; reason?: string } & Partial<StreamInfo>;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message.type === 'init' && typeof message.mime === 'string') {
      this.pendingInfo = {
        mime: message.mime,
        generation: message.generation ?? 0,
        video: message.video ?? null,
        audio: message.audio ?? null,
      };
    } else if (message.type === 'unsupported') {
      this.listener.onUnsupported?.();
    } else if (message.type === 'stale' || message.type === 'ended') {
      this.listener.onWord?.(message.reason ?? message.type);
    }
  }

  private listen(): void {
    if (this.watchdog !== null) this.timers.clear(this.watchdog);
    const socket = this.socket;
    this.watchdog = this.timers.set(() => {
      if (socket) this.lost(socket);
    }, SILENCE_MS);
  }

  private lost(socket: SocketLike): void {
    if (socket !== this.socket) return;
    this.drop();
    this.listener.onConnection?.(false);
    if (!this.started) return;
    this.retry = this.timers.set(() => {
      this.retry = null;
      this.connect();
    }, this.backoff.next());
  }

  private drop(): void {
    if (this.watchdog !== null) this.timers.clear(this.watchdog);
    this.watchdog = null;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
