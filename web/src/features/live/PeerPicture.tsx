import { Loader } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { household } from '../../api/household';
import type { Camera } from '../../api/types';
import { type PeerView, PeerWatch } from '../../lib/player/peerWatch';
import { socketAddress } from '../../lib/timers';
import { Icon } from '../../ui/Icon';
import { Zoomable } from '../../ui/Zoomable';
import css from './picture.module.css';

type Words = { note: 'connecting' | 'stale' | 'offline' | 'paused'; title: string; detail: string } | null;

const icons = { stale: 'warning', offline: 'offline', paused: 'pause', connecting: 'phone' } as const;

/** The picture of a paired device, which comes straight from it. */
export function PeerPicture({ camera, sound, onView }: { camera: Camera; sound: boolean; onView: (view: PeerView | null) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [view, setView] = useState<PeerView | null>(null);
  const paused = camera.paused || camera.status.state === 'paused';

  useEffect(() => {
    if (!video.current || paused) return;
    const running = new PeerWatch({
      address: socketAddress(household.into('/ws/viewer')),
      camera: camera.id,
      video: video.current,
      onView: (next) => {
        setView(next);
        onView(next);
      },
    });
    return () => {
      running.close();
      setView(null);
      onView(null);
    };
  }, [camera.id, paused, onView]);

  useEffect(() => {
    if (video.current) video.current.muted = !sound;
  }, [sound]);

  const words = wordsFor(camera, paused, view);
  const label = words ? `${camera.name}: ${words.title}` : `${camera.name}: live picture, straight from the device`;
  return (
    <div className={css.picture} data-note={words?.note} data-phase={view?.phase ?? 'none'} data-path="peer">
      <Zoomable key={camera.id}>
        <div className={css.host} role="img" aria-label={label}>
          <video ref={video} autoPlay playsInline muted />
        </div>
      </Zoomable>
      {words && (
        <div className={css.note}>
          {words.note === 'connecting' ? <Loader size="sm" color="amber" /> : <Icon name={icons[words.note]} size={40} />}
          <strong>{words.title}</strong>
          <span>{words.detail}</span>
        </div>
      )}
      {view?.phase === 'live' && (
        <span className={css.age}>
          <i aria-hidden="true" />
          Live
        </span>
      )}
    </div>
  );
}

/** On the wall nothing is opened by itself: a phone in the nursery would send all night. */
export function PeerTile({ camera }: { camera: Camera }) {
  const paused = camera.paused || camera.status.state === 'paused';
  const online = camera.status.state === 'live';
  const title = paused ? 'Paused' : online ? 'Private' : 'Device offline';
  return (
    <div className={css.picture} data-note={paused ? 'paused' : online ? 'private' : 'offline'} data-path="peer">
      <div className={css.note} role="img" aria-label={`${camera.name}: ${title}`}>
        <Icon name={paused ? 'pause' : online ? 'phone' : 'offline'} size={28} />
        <strong>{title}</strong>
        {!paused && <span>{online ? 'Tap to look: it goes straight to your phone.' : 'It is not connected.'}</span>}
      </div>
    </div>
  );
}

function wordsFor(camera: Camera, paused: boolean, view: PeerView | null): Words {
  if (paused) return { note: 'paused', title: 'Paused', detail: 'Nobody can look while it is paused.' };
  if (view?.phase === 'live') return null;
  if (view?.phase === 'stale') return { note: 'stale', title: 'The picture stands still', detail: view.why ?? 'Waiting for the device …' };
  if (view?.phase === 'refused') return { note: 'offline', title: 'You may not see this device', detail: 'It is not shared with you now.' };
  if (view?.phase === 'offline' || camera.status.state === 'offline')
    return { note: 'offline', title: 'The device is not connected', detail: 'Vigil tries again by itself.' };
  return { note: 'connecting', title: 'Connecting …', detail: view?.why ?? 'Asking the device for its picture.' };
}
