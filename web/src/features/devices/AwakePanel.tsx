import { Button } from '@mantine/core';
import { useState } from 'react';
import { nextLens } from '../../lib/room/lenses';
import type { Choice } from '../../lib/room/roomKey';
import type { RoomView } from '../../lib/room/roomView';
import { batteryHint, batteryWords, signalWords, type Words, watcherWords } from '../../lib/room/roomWords';
import { Note } from '../../ui/States';
import { Preview, useLenses } from './Preview';
import css from './room.module.css';

type AwakeProps = { view: RoomView; words: Words; choice: Choice; choose: (choice: Choice) => void; stop: () => void; sleep: () => void };

/** What the phone in the room says when it is asked. The buttons lie at the bottom, where the thumb is. */
export function AwakePanel({ view, words, choice, choose, stop, sleep }: AwakeProps) {
  const { stream, hasMicrophone, battery, quality, screenHeld, watchers } = view;
  const { cameras } = useLenses(stream);
  const lens = stream?.getVideoTracks()[0]?.getSettings().deviceId;
  const other = nextLens(cameras, lens);
  const signal = signalWords(quality);
  const hint = batteryHint(battery?.level ?? null, battery?.charging ?? null);
  const facts = [
    watcherWords(watchers),
    batteryWords(battery) && `Battery ${batteryWords(battery)}`,
    signal && `${signal.words}${quality?.bitrate ? `, ${(quality.bitrate / 1e6).toFixed(1)} Mbit/s` : ''}`,
  ].filter(Boolean);
  return (
    <div className={css.panel}>
      <div className={css.state} data-tone={words.tone} role="status">
        <i aria-hidden="true" />
        <div>
          <strong>{words.title}</strong>
          <span>{words.detail || view.cameraName}</span>
        </div>
      </div>
      <Preview stream={stream} hears={hasMicrophone} />
      <ul className={css.facts} aria-label="This device">
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      {!hasMicrophone && <Note tone="bad">No microphone: nothing is heard here.</Note>}
      {hint && <Note tone={hint.tone}>{hint.words}</Note>}
      {screenHeld === false && (
        <Note tone="bad">
          This browser may lock the screen, and a locked phone sends nothing. Set auto-lock to “never” in its settings.
        </Note>
      )}
      <div className={css.buttons}>
        {other && (
          <Button variant="default" size="lg" onClick={() => choose({ ...choice, camera: other.id })}>
            Turn camera
          </Button>
        )}
        <Button variant="default" size="lg" onClick={sleep}>
          Dark
        </Button>
        <Stop stop={stop} />
      </div>
    </div>
  );
}

function Stop({ stop }: { stop: () => void }) {
  const [sure, setSure] = useState(false);
  return sure ? (
    <Button color="red" size="lg" onClick={stop}>
      Really stop
    </Button>
  ) : (
    <Button variant="outline" color="red" size="lg" onClick={() => setSure(true)}>
      Stop
    </Button>
  );
}
