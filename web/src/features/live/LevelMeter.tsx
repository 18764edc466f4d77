import { ActionIcon } from '@mantine/core';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { useLevel } from '../../api/live';
import { levelFraction, peakAt, percent } from '../../lib/levels';
import { useNow } from '../../ui/hooks';
import { Icon } from '../../ui/Icon';
import css from './level.module.css';

export type Thresholds = { yellow: number; red: number };
type Which = keyof Thresholds;

const names: Record<Which, { title: string; what: string }> = {
  yellow: { title: 'Notice', what: 'shown in amber from here' },
  red: { title: 'Alarm', what: 'wakes you and keeps a clip' },
};
const levelWords = { none: 'Quiet', yellow: 'Some noise', red: 'Loud' } as const;
const ONE_STEP = 0.01;
/** The two marks never meet: an alarm always lies above a notice. */
const APART = 0.02;

export function moved(thresholds: Thresholds, which: Which, fraction: number): Thresholds {
  const other = levelFraction(which === 'yellow' ? thresholds.red : thresholds.yellow);
  const bounded = which === 'yellow' ? Math.min(fraction, other - APART) : Math.max(fraction, other + APART);
  return { ...thresholds, [which]: Math.max(1, peakAt(Math.min(1, Math.max(0.01, bounded)))) };
}

type MeterProps = { cameraId: number; thresholds: Thresholds; editable: boolean; onChange: (next: Thresholds) => void };

/** The level of the sound now, with the two thresholds on it to be dragged, stepped, or moved by arrow keys. */
export function LevelMeter({ cameraId, thresholds, editable, onChange }: MeterProps) {
  const level = useLevel(cameraId);
  useNow();
  const track = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<Thresholds | null>(null);
  const shown = dragged ?? thresholds;
  const known = level !== undefined && performance.now() - level.receivedAt < 3000;

  const drag = (which: Which) => ({
    onPointerDown: (event: PointerEvent<HTMLButtonElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      setDragged(shown);
    },
    onPointerMove: (event: PointerEvent<HTMLButtonElement>) => {
      const box = track.current?.getBoundingClientRect();
      if (dragged && box && box.width > 0) setDragged(moved(dragged, which, (event.clientX - box.left) / box.width));
    },
    onPointerUp: () => {
      if (dragged && (dragged.yellow !== thresholds.yellow || dragged.red !== thresholds.red)) onChange(dragged);
      setDragged(null);
    },
    onPointerCancel: () => setDragged(null),
    onKeyDown: (event: KeyboardEvent) => {
      const step = { ArrowLeft: -ONE_STEP, ArrowDown: -ONE_STEP, ArrowRight: ONE_STEP, ArrowUp: ONE_STEP, PageDown: -0.1, PageUp: 0.1 }[
        event.key
      ];
      if (step === undefined) return;
      event.preventDefault();
      onChange(moved(shown, which, levelFraction(shown[which]) + step));
    },
  });

  return (
    <div className={css.meter}>
      <div className={css.words}>
        <span>quiet</span>
        <b aria-live="off">{known ? levelWords[level.level] : 'Nothing heard'}</b>
        <span>loud</span>
      </div>
      <div className={css.track} ref={track}>
        <div className={css.scale} data-level={known ? level.level : 'unknown'}>
          <div className={css.fill} style={{ height: '100%', transform: `scaleX(${known ? levelFraction(level.peak).toFixed(3) : 0})` }} />
        </div>
        {(['yellow', 'red'] as const).map((which) => (
          <button
            key={which}
            type="button"
            role="slider"
            className={`${css.handle} ${css[which]}`}
            style={{ left: `${levelFraction(shown[which]) * 100}%` }}
            aria-label={`${names[which].title} from`}
            aria-valuemin={1}
            aria-valuemax={100}
            aria-valuenow={percent(shown[which])}
            disabled={!editable}
            {...(editable ? drag(which) : {})}
          />
        ))}
      </div>
      <div className={css.steps}>
        {(['yellow', 'red'] as const).map((which) => (
          <div key={which} className={css.step}>
            {editable && (
              <ActionIcon
                size={44}
                variant="default"
                aria-label={`${names[which].title}: lower`}
                onClick={() => onChange(moved(shown, which, levelFraction(shown[which]) - ONE_STEP))}
              >
                <Icon name="minus" />
              </ActionIcon>
            )}
            <div>
              <b className={css[which]}>
                {names[which].title} {percent(shown[which])}
              </b>
              <small>{names[which].what}</small>
            </div>
            {editable && (
              <ActionIcon
                size={44}
                variant="default"
                aria-label={`${names[which].title}: higher`}
                onClick={() => onChange(moved(shown, which, levelFraction(shown[which]) + ONE_STEP))}
              >
                <Icon name="plus" />
              </ActionIcon>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}
