import { useEffect, useRef } from 'react';
import { useLive } from '../../api/live';
import { type Alert, AlertBook } from '../../lib/alertBook';

/** Sounds the alarm for as long as something stands unanswered. */
export function useRinging(alerts: readonly Alert[]): void {
  const { sound } = useLive();
  // Outlive the changes of an alarm: crying grows each second, and its alarm must still grow louder from round to round.
  const rung = useRef<{ at: number | null; rounds: number }>({ at: null, rounds: 0 });
  useEffect(() => {
    let timer = 0;
    const ring = () => {
      const wait = AlertBook.wait(alerts, performance.now(), rung.current.at);
      if (wait === null) {
        rung.current = { at: null, rounds: 0 };
        return;
      }
      if (wait > 0) {
        timer = window.setTimeout(ring, wait);
        return;
      }
      sound.alarm(rung.current.rounds);
      rung.current = { at: performance.now(), rounds: rung.current.rounds + 1 };
      // Browsers refuse this, with a complaint, before the first touch.
      if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([200, 100, 200]);
      timer = window.setTimeout(ring, 100);
    };
    ring();
    return () => window.clearTimeout(timer);
  }, [alerts, sound]);
}
