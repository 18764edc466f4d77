import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import type { Camera } from '../../api/types';
import type { PeerView } from '../../lib/player/peerWatch';
import { Icon } from '../../ui/Icon';
import { Page, Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './camera.module.css';
import { PeerPicture } from './PeerPicture';
import { useWakeLock } from './useWakeLock';

/** A paired device: its picture, that it is private, and what therefore cannot be had. */
export function PeerCameraPage({ camera }: { camera: Camera }) {
  useWakeLock();
  const queries = useQueryClient();
  const [view, setView] = useState<PeerView | null>(null);
  const [sound, setSound] = useState(false);
  const paused = camera.paused || camera.status.state === 'paused';
  const pause = useMutation({
    mutationFn: () => calls.pauseCamera(camera.id, !paused),
    onSuccess: (next) => queries.setQueryData<Camera[]>(keys.cameras, (all) => all?.map((one) => (one.id === next.id ? next : one))),
  });
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
          <div className={css.frame}>
            <PeerPicture camera={camera} sound={sound} onView={setView} />
          </div>
          <div className={css.controls}>
            <Button
              variant={sound ? 'filled' : 'default'}
              aria-pressed={sound}
              disabled={paused}
              leftSection={<Icon name={sound ? 'soundOn' : 'soundOff'} />}
              onClick={() => setSound(!sound)}
            >
              {sound ? 'Sound on' : 'Sound off'}
            </Button>
            {camera.access !== 'view' && (
              <Button
                variant="default"
                leftSection={<Icon name={paused ? 'play' : 'pause'} />}
                loading={pause.isPending}
                onClick={() => pause.mutate()}
              >
                {paused ? 'Resume' : 'Pause'}
              </Button>
            )}
          </div>
          {pause.isError && <Note tone="bad">That was not changed. {wordsOf(pause.error)}</Note>}
          <Note tone="quiet">
            <b>Private: goes straight to your phone.</b> Vigil only introduces the two of you; picture and sound never pass through the
            server{view?.relayed ? ' (a relay carries them just now, and cannot open them)' : ''}.
          </Note>
        </div>
        <Panel title="What a private camera cannot do">
          <p style={{ margin: 0 }}>
            <b>No alert will wake you.</b> Vigil does not hear this camera, so it notices neither noise nor crying, and does not miss it
            when it is gone.
          </p>
          <p style={{ margin: 0 }}>
            <b>Nothing is recorded.</b> There are no clips, no history and no download, because the picture is never here.
          </p>
          <p style={{ margin: 0 }}>
            To have those, let the phone send through Vigil instead: then your own server sees the picture, and nobody else.
          </p>
          <Button component={Link} to="/app/cameras/new?way=phone" variant="light" fullWidth leftSection={<Icon name="phone" />}>
            Send through Vigil instead
          </Button>
        </Panel>
      </div>
    </Page>
  );
}
