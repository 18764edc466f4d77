import { ActionIcon, Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import type { Camera } from '../../api/types';
import { Mover, type Velocity } from '../../lib/ptz/mover';
import { Icon, type IconName } from '../../ui/Icon';
import { Note } from '../../ui/States';
import css from './ptz.module.css';

type Way = { label: string; icon: IconName; area: string; velocity: Velocity };

const SPEED = 0.6;
const ways: Way[] = [
  { label: 'Up', icon: 'up', area: 'up', velocity: { pan: 0, tilt: SPEED, zoom: 0 } },
  { label: 'Left', icon: 'left', area: 'left', velocity: { pan: -SPEED, tilt: 0, zoom: 0 } },
  { label: 'Right', icon: 'right', area: 'right', velocity: { pan: SPEED, tilt: 0, zoom: 0 } },
  { label: 'Down', icon: 'down', area: 'down', velocity: { pan: 0, tilt: -SPEED, zoom: 0 } },
  { label: 'Closer', icon: 'plus', area: 'in', velocity: { pan: 0, tilt: 0, zoom: SPEED } },
  { label: 'Wider', icon: 'minus', area: 'out', velocity: { pan: 0, tilt: 0, zoom: -SPEED } },
];

/** Turns a camera that can be turned: hold to move, let go to stop. Nothing where it cannot. */
export function PtzPad({ camera }: { camera: Camera }) {
  const asked = camera.access !== 'view' && !camera.paused && /^(rtsps?|https?):/.test(camera.address ?? 'rtsp:');
  const ptz = useQuery({
    queryKey: keys.ptz(camera.id, camera.updatedAt),
    queryFn: () => calls.ptz(camera.id),
    enabled: asked,
    staleTime: 300_000,
    retry: false,
  });
  const [failure, setFailure] = useState<unknown>(null);
  const mover = useRef<Mover | null>(null);
  const go = useMutation({ mutationFn: (token: string) => calls.ptzGo(camera.id, token) });

  useEffect(() => {
    const made = new Mover({ move: (velocity) => calls.ptzMove(camera.id, velocity), stop: () => calls.ptzStop(camera.id) }, (problem) =>
      setFailure(problem),
    );
    mover.current = made;
    const end = () => made.release();
    window.addEventListener('blur', end);
    document.addEventListener('visibilitychange', end);
    return () => {
      end();
      window.removeEventListener('blur', end);
      document.removeEventListener('visibilitychange', end);
    };
  }, [camera.id]);

  if (!ptz.data?.canMove) return null;
  const release = () => mover.current?.release();
  const press = (velocity: Velocity) => {
    setFailure(null);
    mover.current?.hold(velocity);
  };
  const problem = failure ?? go.error;
  return (
    <section className={css.ptz} aria-label="Move the camera">
      <div className={css.pad}>
        {ways.map(({ label, icon, area, velocity }) => (
          <ActionIcon
            key={label}
            className={css.way}
            style={{ gridArea: area }}
            size={52}
            variant="default"
            aria-label={`${label}: hold`}
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture?.(event.pointerId);
              press(velocity);
            }}
            onPointerUp={release}
            onPointerCancel={release}
            onLostPointerCapture={release}
            onContextMenu={(event) => event.preventDefault()}
            onKeyDown={(event) => {
              if (event.key !== ' ' && event.key !== 'Enter') return;
              event.preventDefault();
              if (!event.repeat) press(velocity);
            }}
            onKeyUp={release}
            onBlur={release}
          >
            <Icon name={icon} />
          </ActionIcon>
        ))}
      </div>
      {ptz.data.places.length > 0 && (
        <div className={css.places}>
          {ptz.data.places.map((place) => (
            <Button
              key={place.token}
              variant="default"
              loading={go.isPending && go.variables === place.token}
              onClick={() => go.mutate(place.token)}
            >
              {place.name}
            </Button>
          ))}
        </div>
      )}
      {problem !== null && problem !== undefined && <Note tone="bad">The camera did not move. {wordsOf(problem)}</Note>}
    </section>
  );
}
