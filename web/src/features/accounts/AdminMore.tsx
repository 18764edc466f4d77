import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useCameras } from '../../api/queries';
import { bytes } from '../../lib/time';
import { Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/States';
import css from './lists.module.css';
import { SessionList } from './SessionList';

export function AdminSessions() {
  const queries = useQueryClient();
  const sessions = useQuery({ queryKey: keys.adminSessions, queryFn: calls.adminSessions });
  const ending = useMutation({
    mutationFn: calls.endAdminSession,
    onSettled: () => void queries.invalidateQueries({ queryKey: keys.adminSessions }),
  });
  if (sessions.isPending) return <Loading what="Reading the sign-ins" />;
  if (!sessions.data)
    return <Failed title="The sign-ins could not be read" words={wordsOf(sessions.error)} retry={() => void sessions.refetch()} />;
  return (
    <Panel title="Signed in now">
      {ending.isError && <Note tone="bad">{wordsOf(ending.error)}</Note>}
      <SessionList sessions={sessions.data} end={(id) => ending.mutate(id)} />
    </Panel>
  );
}

export function AdminStorage() {
  const own = useCameras().data;
  const storage = useQuery({ queryKey: keys.storage, queryFn: calls.storage, refetchInterval: 30_000 });
  if (storage.isPending) return <Loading what="Measuring the disk" />;
  if (!storage.data)
    return <Failed title="The disk could not be measured" words={wordsOf(storage.error)} retry={() => void storage.refetch()} />;
  const { totalBytes, freeBytes, recordingsBytes, databaseBytes, cameras, dataDirectory } = storage.data;
  const other = Math.max(0, totalBytes - freeBytes - recordingsBytes - databaseBytes);
  const share = (part: number) => `${totalBytes > 0 ? (part / totalBytes) * 100 : 0}%`;
  return (
    <>
      <Panel title="Disk">
        <div className={css.bar} role="img" aria-label={`${bytes(freeBytes)} free of ${bytes(totalBytes)}`}>
          <i style={{ width: share(recordingsBytes), background: 'var(--amber)' }} />
          <i style={{ width: share(databaseBytes), background: '#c8743d' }} />
          <i style={{ width: share(other), background: '#5a5148' }} />
        </div>
        <ul className={css.list}>
          <Row name="Recordings" value={recordingsBytes} />
          <Row name="Database" value={databaseBytes} />
          <Row name="Other things" value={other} />
          <Row name="Free" value={freeBytes} />
        </ul>
        {totalBytes > 0 && freeBytes / totalBytes < 0.05 && <Note tone="bad">The disk is nearly full. Recording stops when it is.</Note>}
        <Note tone="quiet">
          Kept in <code>{dataDirectory}</code>
        </Note>
      </Panel>
      <Panel title="Recordings by camera">
        {cameras.length === 0 ? (
          <p style={{ margin: 0 }}>Nothing is recorded yet.</p>
        ) : (
          <ul className={css.list}>
            {cameras.map((camera) => (
              <Row
                key={camera.cameraId}
                name={own?.find((one) => one.id === camera.cameraId)?.name ?? `Camera ${camera.cameraId} of another household`}
                value={camera.bytes}
              />
            ))}
          </ul>
        )}
      </Panel>
    </>
  );
}

function Row({ name, value }: { name: string; value: number }) {
  return (
    <li>
      <div className={css.grow}>{name}</div>
      <span>{bytes(value)}</span>
    </li>
  );
}
