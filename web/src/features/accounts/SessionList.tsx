import { Badge, Button } from '@mantine/core';
import type { Session } from '../../api/types';
import { deviceWords } from '../../lib/deviceWords';
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
