/** Whether this page once was signed in and no longer is. A silent log-out at night is a missed alarm, so it is a state, not a redirect. */
export type SessionEnd = { reason: string | undefined };

let ended: SessionEnd | null = null;
let leaving = false;
const listeners = new Set<() => void>();

export const sessionEnd = {
  get: () => ended,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  set: (reason?: string) => {
    if (ended || leaving) return;
    ended = { reason };
    for (const listener of listeners) listener();
  },
  /** The person signs out: what follows is no surprise. */
  leave: () => {
    leaving = true;
  },
  reset: () => {
    ended = null;
    leaving = false;
    for (const listener of listeners) listener();
  },
};

let lost = false;

/** That the household shown here before is another's now; said until somebody has read it. */
export const homeLost = {
  get: () => lost,
  subscribe: sessionEnd.subscribe,
  set: (now: boolean) => {
    lost = now;
    for (const listener of listeners) listener();
  },
};
