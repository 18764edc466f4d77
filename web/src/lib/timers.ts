/** Time and the world, as arguments: tests hand in their own. */
export type Timers = {
  now: () => number;
  set: (run: () => void, ms: number) => number;
  clear: (handle: number) => void;
};

export const browserTimers: Timers = {
  now: () => performance.now(),
  set: (run, ms) => window.setTimeout(run, ms),
  clear: (handle) => window.clearTimeout(handle),
};

/** The part of WebSocket that is used here. */
export type SocketLike = {
  binaryType: string;
  readyState: number;
  send: (data: string) => void;
  close: () => void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
};

export type OpenSocket = (address: string) => SocketLike;

export const openBrowserSocket: OpenSocket = (address) => new WebSocket(address);

export function socketAddress(path: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}
