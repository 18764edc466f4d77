import { useEffect, useState, useSyncExternalStore } from 'react';
import { RoomCamera } from '../../lib/room/roomCamera';
import { firstChoice, type RoomMemory, type RoomStore } from '../../lib/room/roomKey';
import { RoomSpeaker } from '../../lib/room/roomSpeaker';
import { pageTitle } from '../../lib/room/roomWords';
import { showState } from '../../lib/room/tabIcon';
import css from './room.module.css';
import { Sending } from './Sending';
import { SetUp } from './SetUp';

type RoomProps = { memory: RoomMemory; store: RoomStore; forget: () => void };

/** One device that has a key: set up, then send until somebody stops it. After a reload it goes on by itself. */
export function Room({ memory, store, forget }: RoomProps) {
  const [room] = useState(() => new RoomCamera(memory, memory.choice ?? firstChoice));
  const [speaker] = useState(() => new RoomSpeaker(room, memory));
  const view = useSyncExternalStore(room.subscribe, room.get);
  const talker = useSyncExternalStore(speaker.subscribe, speaker.talker);
  const [choice, setChoice] = useState(memory.choice ?? firstChoice);
  const { sender, cameraName } = view;

  useEffect(() => {
    speaker.open();
    return () => speaker.close();
  }, [speaker]);

  useEffect(() => {
    if (store.current?.running) room.start();
    else void room.preview();
    return () => room.stop();
  }, [room, store]);

  useEffect(() => {
    document.title = pageTitle(sender, cameraName);
    showState(sender);
  }, [sender, cameraName]);

  const choose = (next: typeof choice) => {
    setChoice(next);
    store.change({ choice: next });
    room.choose(next);
  };
  const running = sender.kind !== 'ended';
  if (running) {
    return (
      <>
        <Sending
          room={room}
          view={view}
          choice={choice}
          choose={choose}
          stop={() => {
            store.change({ running: false });
            void leaveFullScreen();
            room.stop();
            void room.preview();
          }}
        />
        <p role="status" className={css.voice}>
          {talker && `${talker} is speaking`}
        </p>
      </>
    );
  }
  return (
    <SetUp
      view={view}
      choice={choice}
      choose={choose}
      retry={() => void room.preview()}
      forget={() => {
        room.stop();
        forget();
      }}
      start={() => {
        store.change({ running: true });
        void fillScreen();
        room.start();
      }}
    />
  );
}

/** Without the browser's bars nothing shines in the dark. iPhones do not do this for pages; there the bars stay. */
async function fillScreen(): Promise<void> {
  await document.documentElement.requestFullscreen?.({ navigationUI: 'hide' }).catch(() => undefined);
}

async function leaveFullScreen(): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined);
}
