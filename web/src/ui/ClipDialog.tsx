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
        />
      ) : (
        <Note tone="quiet">There is no clip of this.</Note>
      )}
    </Modal>
  );
}

const RETRY_MS = 1500;
const TRIES = 8;

function Clip({ url, soon, growing, seconds }: { url: string; soon: boolean; growing: boolean; seconds: number }) {
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
        <video
          key={source}
          className={css.video}
          src={source}
          controls
          autoPlay
          playsInline
          preload="auto"
          onPlaying={() => setPlaying(true)}
          onError={() => setFailed(true)}
          aria-label="Clip"
        />
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
