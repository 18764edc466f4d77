import { Button, Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { household } from '../api/household';
import type { CameraEvent } from '../api/types';
import { length } from '../lib/time';
import { eventTitle } from '../lib/words';
import css from './clip.module.css';
import { Icon } from './Icon';
import { Note } from './States';

/** Plays the clip of an event, also while it is still being written. */
export function ClipDialog({ event, home, close }: { event: CameraEvent; home?: number | undefined; close: () => void }) {
  return (
    <Modal
      opened
      onClose={close}
      title={`${eventTitle(event)} – ${event.cameraName}`}
      size="xl"
      // A new alarm shines through; one tap beside the dialog leads to it.
      overlayProps={{ backgroundOpacity: 0.4 }}
      centered
      closeButtonProps={{ 'aria-label': 'Close', size: 44 }}
    >
      {event.clip ? (
        <Clip
          key={event.id}
          url={household.into(event.clip.url, home)}
          // Until its first picture is on the disk there is nothing to ask for; the event says when.
          soon={!event.clip.ready && event.endedAt === null}
          growing={event.endedAt === null}
          seconds={event.clip.durationSeconds}
          box={event.box}
        />
      ) : (
        <Note tone="quiet">There is no clip of this.</Note>
      )}
    </Modal>
  );
}

const RETRY_MS = 1500;
/** Of the player; a picture of another shape has bars beside or above it. */
const FRAME = 16 / 9;
const TRIES = 8;

type ClipProps = { url: string; soon: boolean; growing: boolean; seconds: number; box: CameraEvent['box'] };

function Clip({ url, soon, growing, seconds, box }: ClipProps) {
  const [shape, setShape] = useState(FRAME);
  const [tries, setTries] = useState(0);
  const [failed, setFailed] = useState(false);
  const [playing, setPlaying] = useState(false);
  // A clip asked for in its first second may have no first picture yet: ask again before giving up.
  useEffect(() => {
    if (!failed || tries >= TRIES) return;
    const timer = window.setTimeout(() => {
      setTries(tries + 1);
      setFailed(false);
    }, RETRY_MS);
    return () => window.clearTimeout(timer);
  }, [failed, tries]);
  const source = tries === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}try=${tries}`;
  return (
    <div className={css.clip}>
      {soon || (failed && tries < TRIES) ? (
        <div className={css.wait} role="status">
          The clip is being prepared …
        </div>
      ) : failed ? (
        <Note tone="bad">
          The clip cannot be played. It may have been removed, or this browser does not play the camera’s video format.
        </Note>
      ) : (
        <div className={css.frame}>
          <video
            key={source}
            className={css.video}
            src={source}
            controls
            autoPlay
            playsInline
            preload="auto"
            onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight } }) =>
              setShape(videoHeight > 0 ? videoWidth / videoHeight : FRAME)
            }
            onPlaying={() => setPlaying(true)}
            onError={() => setFailed(true)}
            aria-label="Clip"
          />
          {box && playing && <span className={css.box} style={boxStyle(box, shape)} role="img" aria-label="What moved" />}
        </div>
      )}
      <div className={css.row}>
        <span>
          {length(seconds)}
          {growing && ' · still recording'}
          {!playing && !failed && ' · loading'}
        </span>
        {growing && playing && (
          <Button variant="default" onClick={() => setTries((now) => now + 1)}>
            Play from the start
          </Button>
        )}
        <Button
          component="a"
          href={`${url}${url.includes('?') ? '&' : '?'}download=1`}
          variant="default"
          leftSection={<Icon name="download" />}
        >
          Save
        </Button>
      </div>
    </div>
  );
}

/** Where the box lies on the player, around a picture of that shape. */
export function boxStyle(
  box: NonNullable<CameraEvent['box']>,
  shape: number,
): { left: string; top: string; width: string; height: string } {
  const wide = Math.min(1, shape / FRAME);
  const high = Math.min(1, FRAME / shape);
  const percent = (part: number) => `${Math.round(part * 1000) / 10}%`;
  return {
    left: percent((1 - wide) / 2 + box.x * wide),
    top: percent((1 - high) / 2 + box.y * high),
    width: percent(box.width * wide),
    height: percent(box.height * high),
  };
}
