import { ActionIcon, Button } from '@mantine/core';
import { Link } from 'react-router';
import { useLive } from '../../api/live';
import { wordsOf } from '../../api/problems';
import { useCameras, useMe } from '../../api/queries';
import type { Camera } from '../../api/types';
import { mayAddCameras, statusWords } from '../../lib/words';
import { Icon } from '../../ui/Icon';
import { Page } from '../../ui/Page';
import { Empty, Failed, Loading, Note } from '../../ui/States';
import { LevelBar } from './LevelBar';
import { PeerTile } from './PeerPicture';
import { Picture } from './Picture';
import { RoomLine } from './RoomLine';
import { useWakeLock } from './useWakeLock';
import css from './wall.module.css';

export function WallPage() {
  useWakeLock();
  const me = useMe();
  const cameras = useCameras();
  const mayAdd = mayAddCameras(me.data);
  const add = mayAdd && (
    <Button component={Link} to="/app/cameras/new" leftSection={<Icon name="plus" />} variant={cameras.data?.length ? 'default' : 'filled'}>
      Add a camera
    </Button>
  );
  const actions = (
    <>
      <ActionIcon component={Link} to="/app/timeline" size={44} variant="default" aria-label="Timeline of all cameras">
        <Icon name="timeline" />
      </ActionIcon>
      {add}
    </>
  );
  return (
    <Page title={me.data?.household.name ?? 'Cameras'} actions={cameras.data?.length ? actions : undefined}>
      {cameras.isPending && <Loading what="Looking for your cameras" />}
      {cameras.isError && !cameras.data && (
        <Failed title="The cameras could not be listed" words={wordsOf(cameras.error)} retry={() => void cameras.refetch()} />
      )}
      {cameras.isError && cameras.data && <Note tone="bad">This list may be old: {wordsOf(cameras.error)}</Note>}
      {cameras.data?.length === 0 && (
        <Empty icon="cameras" title="No camera yet">
          <p>
            {mayAdd
              ? 'Add the first one: Vigil looks for cameras in your home, or takes an address.'
              : me.data?.household.place === 'guest'
                ? 'Nobody has shared a camera with you yet.'
                : 'Your account is a visitor’s: an administrator of this server can let it add cameras.'}
          </p>
          {add}
        </Empty>
      )}
      {cameras.data && cameras.data.length > 0 && (
        <ul className={css.wall} data-count={Math.min(cameras.data.length, 5)}>
          {cameras.data.map((camera) => (
            <Tile key={camera.id} camera={camera} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Tile({ camera }: { camera: Camera }) {
  const crying = useLive().alerts.some(({ event }) => event.kind === 'cry' && event.cameraId === camera.id && event.endedAt === null);
  if (camera.closed) {
    return (
      <li className={css.tile}>
        <Link to={`/app/cameras/${camera.id}`} aria-label={`${camera.name}. ${camera.closed.detail} Open`}>
          <div className={css.closed}>
            <Icon name="clock" size={32} />
            {camera.closed.detail}
          </div>
          <div className={css.foot}>
            <div className={css.name}>
              <strong>{camera.name}</strong>
            </div>
          </div>
        </Link>
      </li>
    );
  }
  return (
    <li className={css.tile} data-state={camera.status.state} data-crying={crying || undefined}>
      <Link to={`/app/cameras/${camera.id}`} aria-label={`${camera.name}, ${crying ? 'crying, ' : ''}${statusWords(camera.status)}. Open`}>
        {camera.peer ? <PeerTile camera={camera} /> : <Picture camera={camera} tile />}
        <div className={css.foot}>
          <div className={css.name}>
            <strong>{camera.name}</strong>
            {camera.location && <span>{camera.location}</span>}
          </div>
          {crying && (
            <span className={css.state} data-state="crying">
              Crying
            </span>
          )}
          {/* "Live" is said by the picture itself, which knows; here only what the picture cannot say. */}
          {camera.status.state !== 'live' && (
            <span className={css.state} data-state={camera.status.state}>
              {camera.status.state === 'offline' ? 'Offline' : statusWords(camera.status)}
            </span>
          )}
        </div>
        {camera.room && <RoomLine room={camera.room} />}
        {!camera.peer && (
          <div className={css.level}>
            <LevelBar cameraId={camera.id} hasAudio={camera.status.audio !== null || camera.status.state !== 'live'} />
          </div>
        )}
      </Link>
    </li>
  );
}
