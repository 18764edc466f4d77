import { Button, Loader, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { Choice } from '../../lib/room/roomKey';
import type { RoomView } from '../../lib/room/roomView';
import { senderWords, troubleWords } from '../../lib/room/roomWords';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/States';
import { Preview, useLenses } from './Preview';
import { RoomDoor } from './RoomDoor';
import css from './room.module.css';

type SetUpProps = {
  view: RoomView;
  choice: Choice;
  choose: (choice: Choice) => void;
  retry: () => void;
  start: () => void;
  forget: () => void;
};

/** Lens, microphone, a look at both, and one big button. */
export function SetUp({ view, choice, choose, retry, start, forget }: SetUpProps) {
  const { stream, previewFailure, hasMicrophone, sender } = view;
  const { cameras, microphones } = useLenses(stream);
  const used = (kind: 'video' | 'audio') =>
    stream
      ?.getTracks()
      .find((track) => track.kind === kind)
      ?.getSettings().deviceId ?? '';
  const revoked = sender.kind === 'ended' && sender.why === 'revoked';
  const stopped = sender.kind === 'ended' && sender.why !== 'stopped' ? senderWords(sender, 0) : null;
  if (revoked && stopped) {
    return (
      <RoomDoor title={stopped.title} words={stopped.detail}>
        <Button size="lg" fullWidth onClick={forget}>
          Start afresh
        </Button>
      </RoomDoor>
    );
  }
  return (
    <RoomDoor title={view.cameraName} words={view.deviceName ? `Parents see this device as “${view.deviceName}”.` : undefined}>
      {stopped && (
        <Note tone="bad">
          <b>{stopped.title}.</b> {stopped.detail}
        </Note>
      )}
      {!stopped && previewFailure && (
        <Note tone="bad">
          <b>{troubleWords(previewFailure).title}.</b> {troubleWords(previewFailure).detail}
        </Note>
      )}
      {stream ? (
        <Preview stream={stream} hears={hasMicrophone} />
      ) : previewFailure || stopped ? (
        <Button size="lg" variant="default" fullWidth onClick={retry}>
          Ask for the camera again
        </Button>
      ) : (
        <div className={css.asking} role="status">
          <Loader size="sm" color="amber" /> The browser asks for camera and microphone: allow both.
        </div>
      )}
      {stream && !hasMicrophone && <Note tone="bad">No microphone: nothing will be heard, and no noise can wake you.</Note>}
      {stream && (
        <div className={css.two}>
          {cameras.length > 1 && (
            <NativeSelect
              label="Camera"
              value={used('video')}
              data={cameras.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(event) => choose({ ...choice, camera: event.currentTarget.value })}
            />
          )}
          {microphones.length > 1 && (
            <NativeSelect
              label="Microphone"
              value={used('audio')}
              data={microphones.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(event) => choose({ ...choice, microphone: event.currentTarget.value })}
            />
          )}
        </div>
      )}
      <Button size="xl" fullWidth className={css.start} onClick={start} leftSection={<Icon name="cameras" size={26} />}>
        Start sending
      </Button>
      <ul className={css.hints}>
        <li>Put it on its charger. Lay it so that it cannot fall into the bed.</li>
        <li>The screen goes dark and stays on; a tap wakes it. Turn its brightness down.</li>
        <li>Leave this page in front: a locked phone, or another app in front, stops its camera.</li>
      </ul>
      <Forget forget={forget} />
    </RoomDoor>
  );
}

function Forget({ forget }: { forget: () => void }) {
  const [sure, setSure] = useState(false);
  if (!sure) {
    return (
      <Button variant="subtle" color="gray" fullWidth onClick={() => setSure(true)}>
        Forget this room
      </Button>
    );
  }
  return (
    <div className={css.two}>
      <Button color="red" onClick={forget}>
        Yes, forget this room
      </Button>
      <Button variant="default" onClick={() => setSure(false)}>
        Keep it
      </Button>
    </div>
  );
}
