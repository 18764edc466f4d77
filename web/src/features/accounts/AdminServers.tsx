import { useQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/States';
import css from './lists.module.css';

/** Whether the private cameras of several servers on one database can be watched from each. */
export function AdminServers() {
  const servers = useQuery({ queryKey: keys.servers, queryFn: calls.servers, refetchInterval: 10_000 });
  if (servers.isPending) return <Loading what="Asking about other servers" />;
  if (!servers.data)
    return (
      <Failed title="The state of other servers could not be read" words={wordsOf(servers.error)} retry={() => void servers.refetch()} />
    );
  const { isShared, isConnected, trouble, devicesHere, devicesElsewhere } = servers.data;
  return (
    <Panel title="Private cameras on several servers">
      {!isShared && <Note tone="quiet">This server is the only one. Several on one database meet through Redis (REDIS_URL).</Note>}
      {isShared && isConnected && !trouble && <Note tone="good">Connected to the other servers through Redis.</Note>}
      {isShared && isConnected && trouble && <Note tone="bad">Redis refuses what it is told: {trouble}</Note>}
      {isShared && !isConnected && (
        <Note tone="bad">
          Redis is out of reach{trouble ? `: ${trouble}` : ''}. Everything on this server goes on; private cameras connected to other
          servers cannot be watched from here until it is back.
        </Note>
      )}
      <ul className={css.list}>
        <li>
          <div className={css.grow}>Connected to this server</div>
          <span>{devicesHere}</span>
        </li>
        {isShared && (
          <li>
            <div className={css.grow}>Connected to other servers</div>
            <span>{isConnected ? devicesElsewhere : 'unknown'}</span>
          </li>
        )}
      </ul>
    </Panel>
  );
}
