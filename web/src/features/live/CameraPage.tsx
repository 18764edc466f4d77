import { ActionIcon, Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useCamera, useMe } from '../../api/queries';
import type { Camera } from '../../api/types';
import { untilWords } from '../../lib/access';
import type { Path } from '../../lib/player/paths';
import type { PlayerView } from '../../lib/player/view';
import { wayWords } from '../../lib/player/wayWords';
import { statusWords } from '../../lib/words';
import { Icon } from '../../ui/Icon';
import { Page, Panel } from '../../ui/Page';
import { Empty, Failed, Loading, Note } from '../../ui/States';
import { ClosedCamera } from './ClosedCamera';
import css from './camera.module.css';
import { LevelMeter, type Thresholds } from './LevelMeter';
import { LullabyPanel } from './LullabyPanel';
import { PeerCameraPage } from './PeerCameraPage';
import { Picture, type PictureHandle } from './Picture';
import { PtzPad } from './PtzPad';
import { RoomLine } from './RoomLine';
import { SoundHistory } from './SoundHistory';
import { TalkButton } from './TalkButton';
import { useWakeLock } from './useWakeLock';

type Parts = { recent: (cameraId: number) => ReactNode; share?: (camera: Camera) => ReactNode; record?: (camera: Camera) => ReactNode };

/** `recent` is this camera's list of events, `share` its access rows, `record` what is being recorded: other features' parts, put in by the table of routes. */
export function CameraPage({ recent, share, record }: Parts) {
  const id = Number(useParams().id);
  const { camera, isPending, isError, error, refetch } = useCamera(id);
  if (isPending) return <Loading what="Opening the camera" />;
  if (isError && !camera) return <Failed title="The camera could not be opened" words={wordsOf(error)} retry={() => void refetch()} />;
  if (!camera) {
    return (
      <Empty icon="offline" title="This camera is not here">
        <p>It was removed, or it is not shared with you.</p>
        <Button component={Link} to="/app/">
          All cameras
        </Button>
      </Empty>
    );
  }
  if (camera.closed) return <ClosedCamera camera={camera} words={camera.closed.detail} />;
  if (camera.peer) return <PeerCameraPage key={camera.id} camera={camera} />;
  return <OneCamera key={camera.id} camera={camera} recent={recent(camera.id)} share={share?.(camera)} record={record?.(camera)} />;
}

const paths: readonly string[] = ['webrtc', 'mse', 'webcodecs', 'hls', 'mjpeg'];

function OneCamera({ camera, recent, share, record }: { camera: Camera; recent: ReactNode; share: ReactNode; record: ReactNode }) {
  useWakeLock();
  const queries = useQueryClient();
  const zone = useMe().data?.household.timeZone;
  const [search] = useSearchParams();
  const only = search.get('player');
  const picture = useRef<PictureHandle>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<PlayerView | null>(null);
  const paused = camera.paused || camera.status.state === 'paused';
  const editable = camera.access !== 'view';

  const put = (next: Camera) => queries.setQueryData<Camera[]>(keys.cameras, (all) => all?.map((one) => (one.id === next.id ? next : one)));
  const pause = useMutation({ mutationFn: () => calls.pauseCamera(camera.id, !paused), onSuccess: put });
  const thresholds = useMutation({
    mutationFn: (next: Thresholds) => calls.changeCamera(camera.id, { yellowThreshold: next.yellow, redThreshold: next.red }),
    onMutate: (next) => put({ ...camera, yellowThreshold: next.yellow, redThreshold: next.red }),
    onSuccess: put,
    onError: () => void queries.invalidateQueries({ queryKey: keys.cameras }),
  });

  const soundOn = view?.sound === 'on';
  const failure = pause.error ?? thresholds.error;
  return (
    <Page
      title={camera.name}
      back={{ to: '/app/', label: 'All cameras' }}
      actions={
        camera.access === 'admin' && (
          <Button component={Link} to={`/app/cameras/${camera.id}/settings`} variant="default" leftSection={<Icon name="settings" />}>
            Settings
          </Button>
        )
      }
    >
      <div className={css.layout}>
        <div>
          <div className={css.frame} ref={frame}>
            <Picture camera={camera} only={only && paths.includes(only) ? (only as Path) : null} handle={picture} onView={setView} />
          </div>
          {camera.room && <RoomLine room={camera.room} camera={camera.name} />}
          <div className={css.controls}>
            <Button
              variant={soundOn ? 'filled' : 'default'}
              aria-pressed={soundOn}
              disabled={paused || view?.hasAudio === false || view?.picturesOnly === true}
              leftSection={<Icon name={soundOn ? 'soundOn' : 'soundOff'} />}
              onClick={() => {
                if (view?.sound === 'blocked') picture.current?.setSound(false);
                picture.current?.setSound(view?.sound !== 'on');
              }}
            >
              {soundOn ? 'Sound on' : 'Sound off'}
            </Button>
            {editable && (
              <Button
                variant="default"
                leftSection={<Icon name={paused ? 'play' : 'pause'} />}
                loading={pause.isPending}
                onClick={() => pause.mutate()}
              >
                {paused ? 'Resume' : 'Pause'}
              </Button>
            )}
            <ActionIcon size={44} variant="default" aria-label="Full screen" onClick={() => void toggleFullScreen(frame.current)}>
              <Icon name="full" />
            </ActionIcon>
          </div>
          <PtzPad camera={camera} />
          {record}
          {camera.room && editable && <TalkButton camera={camera} />}
          <Button
            className={css.listen}
            component={Link}
            to={`/app/cameras/${camera.id}/listen`}
            variant="light"
            size="md"
            fullWidth
            leftSection={<Icon name="moon" />}
          >
            Listen through the night
          </Button>
          <Button
            className={css.listen}
            component={Link}
            to={`/app/cameras/${camera.id}/timeline`}
            variant="default"
            fullWidth
            leftSection={<Icon name="timeline" />}
          >
            Timeline
          </Button>
          <Button
            className={css.listen}
            component={Link}
            to={`/app/cameras/${camera.id}/schedules`}
            variant="default"
            fullWidth
            leftSection={<Icon name="clock" />}
          >
            Recording times
          </Button>
          {camera.access === 'admin' && share}
          {view?.sound === 'blocked' && <Note tone="bad">The browser did not start the sound. Tap “Sound off” again.</Note>}
          {view?.picturesOnly && !paused && (
            <Note tone="quiet">This camera’s video cannot be played here as it is, so you see single pictures, without sound.</Note>
          )}
          {camera.accessUntil && <Note tone="quiet">You may see this camera until {untilWords(camera.accessUntil, zone)}.</Note>}
          {failure && <Note tone="bad">That was not changed. {wordsOf(failure)}</Note>}
        </div>
        <div>
          <Panel title="Sound">
            {camera.status.state === 'live' && !camera.status.audio && (
              <Note tone="bad">
                This camera sends no sound, so no noise can be noticed here. If it has a microphone, switch it on in the camera’s own
                settings.
              </Note>
            )}
            {!camera.isActive && <Note tone="bad">Listening for noise is switched off in the settings. Nothing here will wake you.</Note>}
            <LevelMeter
              cameraId={camera.id}
              thresholds={{ yellow: camera.yellowThreshold, red: camera.redThreshold }}
              editable={camera.access === 'admin'}
              onChange={(next) => thresholds.mutate(next)}
            />
            <SoundHistory camera={camera} />
          </Panel>
          {camera.room && editable && <LullabyPanel camera={camera} />}
          <Panel title="Lately">{recent}</Panel>
          <p className={css.facts}>
            <Link to={`/app/cameras/${camera.id}/health`}>How this camera works</Link>
            {' · '}
            {statusWords(camera.status)}
            {view && view.width > 0 && ` · ${view.width} × ${view.height}`}
            {view?.path && ` · ${wayWords(view)}`}
            {camera.status.reconnects > 0 && ` · reconnected ${camera.status.reconnects} times`}
          </p>
        </div>
      </div>
    </Page>
  );
}

async function toggleFullScreen(element: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement) return document.exitFullscreen();
  if (element?.requestFullscreen) return element.requestFullscreen().catch(() => undefined);
  // iPhones let only a video element fill the screen.
  const video = element?.querySelector('video') as (HTMLVideoElement & { webkitEnterFullscreen?: () => void }) | null | undefined;
  video?.webkitEnterFullscreen?.();
}
