import { useEffect } from 'react';

/** Keeps the screen of a phone on while a camera is being watched: a dark phone shows nothing and may sound nothing. */
export function useWakeLock(): void {
  useEffect(() => {
    if (!('wakeLock' in navigator)) return;
    let lock: WakeLockSentinel | null = null;
    let over = false;
    const ask = async () => {
      if (document.hidden || over) return;
      try {
        const granted = await navigator.wakeLock.request('screen');
        if (over) await granted.release();
        else lock = granted;
      } catch {
        // Low battery, or not allowed: the screen does as it is set.
      }
    };
    // The browser takes the lock away whenever the page is hidden.
    const again = () => void ask();
    void ask();
    document.addEventListener('visibilitychange', again);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', again);
      void lock?.release();
    };
  }, []);
}
