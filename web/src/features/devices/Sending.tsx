import { useEffect, useState } from 'react';
import { driftAt } from '../../lib/room/drift';
import type { RoomCamera } from '../../lib/room/roomCamera';
import type { Choice } from '../../lib/room/roomKey';
import type { RoomView } from '../../lib/room/roomView';
import { senderWords } from '../../lib/room/roomWords';
import { useNow } from '../../ui/hooks';
import { AwakePanel } from './AwakePanel';
import css from './room.module.css';

/** After a tap the controls stay this long. */
export const AWAKE_MS = 10_000;

type SendingProps = { room: RoomCamera; view: RoomView; choice: Choice; choose: (choice: Choice) => void; stop: () => void };

/** A black page with a dot and a clock that wanders, so that nothing shines and nothing burns in. A tap shows the controls. */
export function Sending({ room, view, choice, choose, stop }: SendingProps) {
  const now = useNow();
  const [touchedAt, setTouchedAt] = useState(() => Date.now());
  const awake = now - touchedAt < AWAKE_MS;
  const touch = () => setTouchedAt(Date.now());
  useEffect(() => room.setDark(!awake), [room, awake]);
  const words = senderWords(view.sender, performance.now(), view.deaf);
  if (awake) {
    return (
      <main className={css.awake} onPointerDown={touch} onKeyDown={touch}>
        <AwakePanel view={view} words={words} choice={choice} choose={choose} stop={stop} sleep={() => setTouchedAt(0)} />
      </main>
    );
  }
  const time = new Date(now);
  const { left, top } = driftAt(Math.floor(now / 60_000));
  return (
    <button type="button" className={css.dark} onClick={touch} aria-label={`${words.title}. Tap to wake the screen`}>
      <span className={css.speck} style={{ left: `${left}%`, top: `${top}%` }} data-tone={words.tone}>
        <i aria-hidden="true" />
        <span>{words.title.toLowerCase()}</span>
        <time>{time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}</time>
      </span>
    </button>
  );
}
