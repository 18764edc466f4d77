import { Button, NativeSelect } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { household } from '../../api/household';
import { wordsOf } from '../../api/problems';
import { useCamera, useCameras } from '../../api/queries';
import type { Camera } from '../../api/types';
import { type ListenView, NightListener } from '../../lib/listen/nightListener';
import { statusWords } from '../../lib/words';
import { Icon } from '../../ui/Icon';
import { Empty, Failed, Loading } from '../../ui/States';
import { LevelBar } from './LevelBar';
import css from './listen.module.css';

/** A dark page that does one thing: it plays the room, all night, and is loud when it cannot. */
export function ListenPage() {
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
  return <Room key={camera.id} camera={camera} />;
}

function Room({ camera }: { camera: Camera }) {
  const go = useNavigate();
  const cameras = useCameras().data ?? [];
  const listener = useRef<NightListener | null>(null);
  const [view, setView] = useState<ListenView | null>(null);
  const { id, name } = camera;
  const back = `/app/cameras/${id}`;

  useEffect(() => {
    document.title = `Listening: ${name} · Vigil`;
    const api = `/api/v1/cameras/${id}`;
    const running = new NightListener({
      room: name,
      addresses: {
        webrtc: household.into(`${api}/whep`),
        hls: new URL(household.into(`${api}/hls/index.m3u8?quality=sub`), location.href).href,
      },
      preferHls: stopsWithTheScreen(),
      onView: setView,
      onStop: () => void go(`/app/cameras/${id}`),
    });
    listener.current = running;
    return () => {
      listener.current = null;
      running.close();
    };
  }, [id, name, go]);

  const state = view?.state ?? 'starting';
  return (
    <section className={css.night} data-state={state} data-way={view?.way} aria-label="Listening">
      <p className={css.what}>
        <Icon name={state === 'lost' || state === 'blocked' ? 'warning' : 'moon'} size={28} />
      </p>
      <h1>{name}</h1>
      <div role={state === 'lost' ? 'alert' : 'status'} className={css.state}>
        <strong>{isOff(camera) ? 'The camera is paused' : title(state)}</strong>
        <span>{detail(camera, view)}</span>
      </div>
      {state !== 'lost' && (
        <div className={css.level}>
          <LevelBar cameraId={id} hasAudio={camera.status.audio !== null || camera.status.state !== 'live'} />
        </div>
      )}
      {(state === 'blocked' || state === 'paused') && (
        <Button size="xl" onClick={() => void listener.current?.resume()} leftSection={<Icon name="play" />}>
          Listen
        </Button>
      )}
      {cameras.length > 1 && (
        <NativeSelect
          aria-label="Room"
          value={String(id)}
          onChange={(event) => void go(`/app/cameras/${event.currentTarget.value}/listen`, { replace: true })}
          data={cameras.map((one) => ({ value: String(one.id), label: one.name }))}
        />
      )}
      <Button component={Link} to={back} variant="default" size="lg" leftSection={<Icon name="close" />}>
        Stop listening
      </Button>
      <p className={css.hint}>
        Turn the volume up and plug the phone in. The screen may go dark, and another app may be in front.
        {stopsWithTheScreen() && ' On an iPhone the sound runs some seconds behind, and may end unsaid: keep a second device.'}
      </p>
    </section>
  );
}

function title(state: ListenView['state']): string {
  if (state === 'hearing') return 'You hear this room';
  if (state === 'lost') return 'Connection lost';
  if (state === 'blocked') return 'Tap once to listen';
  if (state === 'paused') return 'Not listening';
  return 'Connecting …';
}

const isOff = ({ paused, status }: Camera) => paused || status.state === 'paused';

function detail(camera: Camera, view: ListenView | null): string {
  const { status } = camera;
  if (isOff(camera)) return 'Nothing of this room is heard until somebody switches the camera on again.';
  if (status.state === 'live' && status.audio === null) return 'This camera sends no sound.';
  if (view?.state === 'lost') {
    const why = status.state === 'offline' ? ` ${statusWords(status)}.` : '';
    return `Nothing heard for ${Math.round(view.silentMs / 1000)} s.${why} It keeps trying.`;
  }
  if (view?.state === 'blocked') return 'The browser starts no sound without a touch.';
  if (view?.state === 'paused') return 'You stopped it from the lock screen.';
  if (view?.state === 'hearing') return view.way === 'hls' ? 'HLS, some seconds behind' : 'WebRTC';
  return '';
}

/** iPhones and iPads end what a page plays by itself when the screen goes dark, but not what their own player plays. */
function stopsWithTheScreen(): boolean {
  return /iPhone|iPad/.test(navigator.userAgent) || (navigator.userAgent.includes('Macintosh') && navigator.maxTouchPoints > 1);
}
