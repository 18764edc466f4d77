import { Badge, Button } from '@mantine/core';
import type { Session } from '../../api/types';
import { ago } from '../../lib/time';
import { useNow } from '../../ui/hooks';
import css from './lists.module.css';

type SessionListProps = { sessions: readonly (Session & { username?: string })[]; end: (id: number) => void };

export function SessionList({ sessions, end }: SessionListProps) {
  const now = useNow(30_000);
  return (
    <ul className={css.list}>
      {sessions.map((session) => (
        <li key={session.id}>
          <div className={css.grow}>
            <strong>{deviceWords(session.userAgent)}</strong>
            <span>
              {[session.username, session.address, `used ${ago(now - Date.parse(session.lastSeenAt))}`].filter(Boolean).join(' · ')}
            </span>
          </div>
          {session.isCurrent ? (
            <Badge color="amber" variant="light" size="lg">
              this one
            </Badge>
          ) : (
            <Button variant="default" onClick={() => end(session.id)} aria-label={`End ${deviceWords(session.userAgent)}`}>
              End
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** "Chrome on Android" from a user agent: enough to know one's own devices apart. */
export function deviceWords(agent: string | null): string {
  if (!agent) return 'Unknown device';
  const browser = [
    ['Edg', 'Edge'],
    ['OPR', 'Opera'],
    ['Firefox', 'Firefox'],
    ['Chrome', 'Chrome'],
    ['Safari', 'Safari'],
  ].find(([mark]) => mark && agent.includes(mark))?.[1];
  const system = [
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Android', 'Android'],
    ['Windows', 'Windows'],
    ['Mac OS', 'Mac'],
    ['Linux', 'Linux'],
  ].find(([mark]) => mark && agent.includes(mark))?.[1];
  if (!browser && !system) return agent.split(/[ /]/)[0] || 'Unknown device';
  return [browser ?? 'Browser', system && `on ${system}`].filter(Boolean).join(' ');
}
