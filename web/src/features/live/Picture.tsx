import { Loader } from '@mantine/core';
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { household } from '../../api/household';
import { useLive } from '../../api/live';
import type { Camera } from '../../api/types';
import { pictureNote } from '../../lib/pictureState';
import { LivePlayer } from '../../lib/player/livePlayer';
import type { Path } from '../../lib/player/paths';
import type { CameraFacts } from '../../lib/player/rtcChance';
import type { PlayerView } from '../../lib/player/view';
import { liveAge } from '../../lib/time';
import { Icon } from '../../ui/Icon';
import { Zoomable } from '../../ui/Zoomable';
import css from './picture.module.css';

export type PictureHandle = { setSound: (on: boolean) => void };

type PictureProps = {
  camera: Camera;
  tile?: boolean;
  only?: Path | null;
  handle?: Ref<PictureHandle>;
  onView?: (view: PlayerView) => void;
};

/** A live picture that can never pass for live when it is not: the player's own clock greys it and says how old it is. */
export function Picture({ camera, tile = false, only = null, handle, onView }: PictureProps) {
  const { clock, link } = useLive();
  const host = useRef<HTMLDivElement>(null);
  const player = useRef<LivePlayer | null>(null);
  const [view, setView] = useState<PlayerView | null>(null);
  const paused = camera.paused || camera.status.state === 'paused';
  const quality = tile && camera.subAddress ? 'sub' : 'main';

  const facts = factsOf(camera);
  const latest = useRef(facts);
  latest.current = facts;

  useImperativeHandle(handle, () => ({ setSound: (on) => player.current?.setSound(on) }), []);

  useEffect(() => {
    if (!host.current || paused) return;
    const api = `/api/v1/cameras/${camera.id}`;
    const running = new LivePlayer({
      addresses: {
        webrtc: household.into(`${api}/whep?quality=${quality}`),
        live: household.into(`${location.origin.replace(/^http/, 'ws')}${api}/live?quality=${quality}`),
        hls: household.into(`${api}/hls/index.m3u8`),
        mjpeg: household.into(`${api}/mjpeg?width=1280`),
        snapshot: household.into(`${api}/snapshot.jpg?width=640`),
      },
      host: host.current,
      clock,
      tile,
      only,
      facts: latest.current,
      onView: (next) => {
        setView(next);
        onView?.(next);
      },
    });
    player.current = running;
    return () => {
      player.current = null;
      running.close();
      setView(null);
    };
  }, [camera.id, quality, paused, tile, only, clock, onView]);

  useEffect(() => player.current?.expect(facts));

  const note = pictureNote(camera.status, paused, view && { ...view, connected: view.connected && link !== 'lost' });
  const label = note ? `${camera.name}: ${note.title}` : `${camera.name}: live picture`;
  const shown = <div ref={host} className={css.host} role="img" aria-label={label} />;
  return (
    <div className={css.picture} data-note={note?.kind} data-phase={view?.phase ?? 'none'} data-path={view?.path ?? ''}>
      {tile ? shown : <Zoomable key={camera.id}>{shown}</Zoomable>}
      {note && (
        <div className={css.note}>
          {note.kind === 'connecting' && <Loader size="sm" color="amber" />}
          {note.kind === 'paused' && <Icon name="pause" size={tile ? 28 : 40} />}
          {note.kind === 'offline' && <Icon name="offline" size={tile ? 28 : 40} />}
          {note.kind === 'stale' && <Icon name="warning" size={tile ? 28 : 40} />}
          <strong>{note.title}</strong>
          {note.detail && <span>{note.detail}</span>}
        </div>
      )}
      {!note && view?.phase === 'live' && (
        <span className={css.age} data-slow={(view.ageMs ?? 0) > 1000 || undefined}>
          <i aria-hidden="true" />
          {liveAge(view.ageMs)}
        </span>
      )}
    </div>
  );
}

function factsOf({ status, subAddress }: Camera): CameraFacts {
  const { video, audio, state } = status;
  return {
    live: state === 'live',
    // Of a camera in H.265 the server gives the small picture, whose codec is seen when it comes.
    videoCodec: subAddress && video?.codec !== 'H.264' ? null : (video?.codec ?? null),
    hasSound: video && audio !== null,
    framesPerSecond: video?.framesPerSecond,
  };
}
