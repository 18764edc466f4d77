import { Button, Progress } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { wordsOf } from '../../api/problems';
import { bytes } from '../../lib/time';
import type { Span } from '../../lib/timeline/zoneDay';
import { Icon } from '../../ui/Icon';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import { exportAddress } from './queries';
import { type Progress as Done, saveVideo } from './saveVideo';
import css from './timeline.module.css';
import { lengthWords, spanWords } from './words';

type ExportProps = { camera: { id: number; name: string }; part: Span; day: string; zone: string; presentMs: number; close: () => void };

type Going = { state: 'idle' } | { state: 'saving'; done: Done } | { state: 'saved'; words: string } | { state: 'failed'; words: string };

/** The chosen part as one file. */
export function Export({ camera, part, day, zone, presentMs, close }: ExportProps) {
  const [going, setGoing] = useState<Going>({ state: 'idle' });
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const save = async () => {
    const ending = new AbortController();
    stop.current = ending;
    setGoing({ state: 'saving', done: { done: 0, total: null } });
    const name = `${camera.name} ${day} ${spanWords(part, zone).slice(0, 8).replaceAll(':', '-')}.mp4`;
    try {
      const how = await saveVideo(exportAddress(camera.id, part), name, (done) => setGoing({ state: 'saving', done }), ending.signal);
      setGoing({
        state: 'saved',
        words: how === 'saved' ? 'Saved to your downloads.' : 'It is large, so the browser’s own download goes on with it.',
      });
    } catch (failure) {
      setGoing(ending.signal.aborted ? { state: 'idle' } : { state: 'failed', words: wordsOf(failure) });
    }
  };

  const missing = part.to - part.from - presentMs;
  return (
    <Panel title="Save a part">
      <p className={css.chosen}>
        <strong>{spanWords(part, zone)}</strong>
        <span>{lengthWords(part.to - part.from)}</span>
      </p>
      <p className={css.quiet}>Drag the two handles on the axis. The sound is saved so that every phone plays it.</p>
      {presentMs <= 0 && <Note tone="bad">Nothing was recorded in this part.</Note>}
      {presentMs > 0 && missing > 1000 && (
        <Note tone="quiet">{lengthWords(missing)} of this part were not recorded; the video goes on without them.</Note>
      )}
      {going.state === 'saving' && <Saving done={going.done} />}
      {going.state === 'saved' && <Note tone="good">{going.words}</Note>}
      {going.state === 'failed' && <Note tone="bad">It was not saved. {going.words}</Note>}
      <div className={css.row}>
        {going.state === 'saving' ? (
          <Button variant="default" onClick={() => stop.current?.abort()}>
            Stop
          </Button>
        ) : (
          <Button leftSection={<Icon name="download" />} disabled={presentMs <= 0} onClick={() => void save()}>
            Save video
          </Button>
        )}
        <Button variant="default" onClick={close}>
          Done
        </Button>
      </div>
    </Panel>
  );
}

function Saving({ done: { done, total } }: { done: Done }) {
  const share = total ? (100 * done) / total : 0;
  return (
    <div className={css.saving}>
      <Progress.Root size="lg">
        <Progress.Section value={total ? share : 100} animated={!total} aria-label="Saved so far" />
      </Progress.Root>
      <span>{total ? `${bytes(done)} of ${bytes(total)}` : done > 0 ? bytes(done) : 'Being put together …'}</span>
    </div>
  );
}
