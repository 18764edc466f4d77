import type { SocketLike, Timers } from '../src/lib/timers';

/** Time that passes only when told. */
export class ManualTimers implements Timers {
  private at = 0;
  private next = 1;
  private readonly waiting = new Map<number, { due: number; run: () => void }>();

  now = () => this.at;
  set = (run: () => void, ms: number) => {
    this.waiting.set(this.next, { due: this.at + ms, run });
    return this.next++;
  };
  clear = (handle: number) => {
    this.waiting.delete(handle);
  };

  pass(ms: number): void {
    const until = this.at + ms;
    for (;;) {
      const due = [...this.waiting].filter(([, one]) => one.due <= until).sort((a, b) => a[1].due - b[1].due)[0];
      if (!due) break;
      this.waiting.delete(due[0]);
      this.at = due[1].due;
      due[1].run();
    }
    this.at = until;
  }
}

/** A socket whose far side is the test. */
export class TestSocket implements SocketLike {
  binaryType = 'blob';
  readyState = 0;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readonly sent: string[] = [];
  closed = false;

  send = (data: string) => {
    this.sent.push(data);
  };
  close = () => {
    this.closed = true;
    this.readyState = 3;
  };
  opens() {
    this.readyState = 1;
    this.onopen?.(new Event('open'));
  }
  says(data: unknown) {
    this.onmessage?.(new MessageEvent('message', { data: data instanceof ArrayBuffer ? data : JSON.stringify(data) }));
  }
  breaks(reason = '') {
    this.readyState = 3;
    this.onclose?.(new CloseEvent('close', { reason }));
  }
}

export function socketMaker() {
  const made: TestSocket[] = [];
  return {
    made,
    open: () => {
      const socket = new TestSocket();
      made.push(socket);
      return socket;
    },
    get last() {
      const socket = made[made.length - 1];
      if (!socket) throw new Error('no socket was opened');
      return socket;
    },
  };
}
