import { Anchor, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { useMe } from '../../api/queries';
import type { Camera } from '../../api/types';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/States';
import css from './talk.module.css';
import { useTalker } from './useTalker';

/** A press shorter than this was a tap: the microphone stays open until the next one. */
export const TAP_MS = 350;

/** Press and hold to speak into the room, or tap once to begin and once to end. */
export function TalkButton({ camera }: { camera: Camera }) {
  const { state, talker } = useTalker(camera.id);
  const { data: me } = useMe();
  const pressedAt = useRef<number | null>(null);
  const handledAt = useRef(Number.NEGATIVE_INFINITY);
  const [locked, setLocked] = useState(false);
  const busy = state.kind !== 'idle';
  const other =
    !busy && camera.room?.talker && ![me?.account.name, me?.account.username].includes(camera.room.talker) && camera.room.talker;

  const press = () => {
    if (busy) {
      pressedAt.current = null;
      talker.stop();
      return;
    }
    setLocked(false);
    pressedAt.current = performance.now();
    void talker.start();
  };
  const release = () => {
    handledAt.current = performance.now();
    if (pressedAt.current === null) return;
    const held = performance.now() - pressedAt.current;
    pressedAt.current = null;
    if (held < TAP_MS) setLocked(true);
    else talker.stop();
  };
  const cancel = () => {
    if (pressedAt.current === null) return;
    pressedAt.current = null;
    talker.stop();
  };
  // What screen readers press has neither a pointer nor a key before it.
  const click = () => {
    if (performance.now() - handledAt.current < TAP_MS) return;
    press();
    release();
    handledAt.current = Number.NEGATIVE_INFINITY;
  };
  const isKey = (key: string) => key === ' ' || key === 'Enter';

  if (!window.isSecureContext) return <NoMicrophoneHere />;
  return (
    <div className={css.talk}>
      <Button
        className={css.button}
        size="lg"
        fullWidth
        variant={busy ? 'filled' : 'default'}
        color={state.kind === 'talking' ? 'red' : 'amber'}
        aria-pressed={busy}
        disabled={camera.paused || camera.room?.online === false}
        leftSection={<Icon name="microphone" />}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture?.(event.pointerId);
          press();
        }}
        onPointerUp={release}
        onPointerCancel={cancel}
        onLostPointerCapture={release}
        onContextMenu={(event) => event.preventDefault()}
        onKeyDown={(event) => {
          if (!isKey(event.key)) return;
          event.preventDefault();
          if (!event.repeat) press();
        }}
        onKeyUp={(event) => {
          if (!isKey(event.key)) return;
          event.preventDefault();
          release();
        }}
        onBlur={cancel}
        onClick={click}
      >
        {state.kind === 'talking' ? (locked ? 'Speaking · tap to stop' : 'Speaking · let go to stop') : 'Hold to talk'}
      </Button>
      <p role="status" className={css.status}>
        {state.kind === 'opening' && 'One moment …'}
        {state.kind === 'talking' && `${camera.name} hears you now.`}
        {other && `${other} is speaking to ${camera.name}.`}
      </p>
      {state.kind === 'idle' && state.why && <Note tone="bad">{state.why}</Note>}
    </div>
  );
}

/** Browsers give the microphone to https pages only. */
function NoMicrophoneHere() {
  const trust = useQuery({ queryKey: keys.trust, queryFn: calls.trust });
  const safe = trust.data?.secureOrigin && `${trust.data.secureOrigin}${window.location.pathname}`;
  return (
    <Note tone="quiet">
      To talk into the room, open this page with https: browsers give the microphone to secure pages only.{' '}
      {safe && <Anchor href={safe}>Open with https</Anchor>}
      {safe && ' · '}
      <Anchor href="/trust">How to trust it</Anchor>
    </Note>
  );
}
