import { useEffect } from 'react';
import { useLive } from '../../api/live';
import { type Alert, AlertBook } from '../../lib/alertBook';

/** Sounds the alarm for as long as something stands unanswered. */
export function useRinging(alerts: readonly Alert[]): void {
  const { sound } = useLive();
  useEffect(() => {
    if (alerts.length === 0) return;
    let timer = 0;
    let last: number | null = null;
    let round = 0;
    const ring = () => {
      const wait = AlertBook.wait(alerts, performance.now(), last);
      if (wait === null) return;
      if (wait > 0) {
        timer = window.setTimeout(ring, wait);
        return;
      }
      last = performance.now();
      sound.alarm(round++);
      // Browsers refuse this, with a complaint, before the first touch.
      if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([200, 100, 200]);
      timer = window.setTimeout(ring, 100);
    };
    ring();
    return () => window.clearTimeout(timer);
  }, [alerts, sound]);
}
