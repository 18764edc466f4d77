import { useEffect, useState } from 'react';
import { useLive } from '../../api/live';
import { useNow } from '../../ui/hooks';
import { Icon } from '../../ui/Icon';
import css from './watchdog.module.css';

const TICK_EVERY_MS = 4000;

/** Says loudly that nothing can reach this page. Silence is the worst fault a watch can have. */
export function LinkBanner() {
  const { link, sound, databaseAvailable } = useLive();
  const lost = link === 'lost';
  useEffect(() => {
    if (!lost) return;
    sound.tick();
    const timer = window.setInterval(() => sound.tick(), TICK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [lost, sound]);
  if (lost) return <Lost />;
  if (!databaseAvailable) {
    return (
      <div className={css.quiet} role="status">
        <Icon name="warning" />
        <span>
          <b>The database is away.</b> Live pictures and alarms go on; events are kept and filed when it is back. Settings have to wait.
        </span>
      </div>
    );
  }
  return null;
}

function Lost() {
  const since = useSince();
  return (
    <div className={css.lost} role="alert">
      <Icon name="warning" size={30} />
      <div>
        <strong>No connection to Vigil{since}</strong>
        <span>No alarm can reach this page. It keeps trying. Is this device on your network?</span>
      </div>
    </div>
  );
}

function useSince(): string {
  const now = useNow();
  const [start] = useState(() => Date.now());
  const seconds = Math.floor((now - start) / 1000);
  return seconds < 2 ? '' : ` for ${seconds < 90 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`}`;
}
