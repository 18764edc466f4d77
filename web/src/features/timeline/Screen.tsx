import { Button, Loader } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { Conductor, DeckState } from '../../lib/timeline/conductor';
import { FootageDeck } from '../../lib/timeline/footageDeck';
import type { Span } from '../../lib/timeline/zoneDay';
import { Icon } from '../../ui/Icon';
import { Zoomable } from '../../ui/Zoomable';
import { pieceAddress, thumbnailAddress } from './queries';
import css from './screen.module.css';
import { useThumbnail } from './useThumbnail';

type ScreenProps = {
  camera: { id: number; name: string };
  ranges: readonly Span[] | undefined;
  conductor: Conductor;
  join: (deck: FootageDeck) => () => void;
  /** Where a finger is on the axis, while it is. */
  scrub: number | null;
  sound: boolean;
  onSilenced?: () => void;
  /** What to say instead of a picture. */
  nothing: string;
};

/** One camera's picture of the past: what is played, small pictures while one looks for a moment, or in words why there is nothing. */
export function Screen({ camera, ranges, conductor, join, scrub, sound, onSilenced, nothing }: ScreenProps) {
  const host = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const deck = useRef<FootageDeck | null>(null);
  const [state, setState] = useState<DeckState>('empty');
  const silenced = useRef(onSilenced);
  silenced.current = onSilenced;

  useEffect(() => {
    if (!host.current) return;
    const made = new FootageDeck(host.current, (piece) => pieceAddress(camera.id, piece));
    made.onSilenced = () => silenced.current?.();
    deck.current = made;
    const leave = join(made);
    const timer = window.setInterval(() => {
      setState(made.at === null ? 'empty' : made.state);
      // For those who measure: how long the last jump took to its first picture.
      if (frame.current) frame.current.dataset.firstPicture = made.firstPictureMs === null ? '' : String(made.firstPictureMs);
    }, 100);
    return () => {
      window.clearInterval(timer);
      leave();
      made.close();
      deck.current = null;
    };
  }, [camera.id, join]);

  useEffect(() => {
    if (!deck.current || !ranges) return;
    deck.current.ranges = ranges;
    if (deck.current.state === 'empty') deck.current.seek(conductor.at);
  }, [ranges, conductor]);

  useEffect(() => deck.current?.setSound(sound), [sound]);

  const preview = useThumbnail(scrub === null ? null : thumbnailAddress(camera.id, scrub));
  const label = state === 'ready' || state === 'loading' ? `${camera.name}: recorded picture` : `${camera.name}: ${nothing}`;
  return (
    <div className={css.screen} data-state={state} ref={frame}>
      <Zoomable key={camera.id}>
        <div ref={host} className={css.host} role="img" aria-label={label} />
        {scrub !== null && preview && <img className={css.preview} src={preview} alt="" />}
      </Zoomable>
      {scrub === null && state === 'loading' && (
        <span className={css.busy}>
          <Loader size="sm" color="amber" />
        </span>
      )}
      {scrub === null && state === 'empty' && (
        <div className={css.none}>
          <Icon name="moon" size={32} />
          <span>{nothing}</span>
        </div>
      )}
      {scrub === null && state === 'failed' && (
        <div className={css.none} role="alert">
          <Icon name="warning" size={32} />
          <span>This part cannot be played.</span>
          <Button variant="default" onClick={() => conductor.seek(conductor.at)}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}
