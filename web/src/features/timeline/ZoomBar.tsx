import { ActionIcon, Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { zoomOn } from '../../lib/timeline/axis';
import type { Span } from '../../lib/timeline/zoneDay';
import { Icon } from '../../ui/Icon';
import css from './timeline.module.css';
import { lengthWords } from './words';

type ZoomBarProps = { view: Span; bounds: Span; at: number; setView: (view: Span) => void; children?: ReactNode };

export function ZoomBar({ view, bounds, at, setView, children }: ZoomBarProps) {
  const length = view.to - view.from;
  const whole = length >= bounds.to - bounds.from - 1000;
  // Looking closer keeps the playhead in sight, wherever the axis was.
  const anchor = at >= view.from && at <= view.to ? at : (view.from + view.to) / 2;
  return (
    <div className={css.zoom}>
      <ActionIcon
        size={46}
        variant="default"
        aria-label="Show more time"
        disabled={whole}
        onClick={() => setView(zoomOn(view, bounds, 1 / 3, anchor))}
      >
        <Icon name="minus" />
      </ActionIcon>
      <span aria-live="polite">{whole ? 'all day' : lengthWords(length)}</span>
      <ActionIcon
        size={46}
        variant="default"
        aria-label="Look closer"
        disabled={length <= 61_000}
        onClick={() => setView(zoomOn(view, bounds, 3, anchor))}
      >
        <Icon name="plus" />
      </ActionIcon>
      {!whole && (
        <Button variant="default" onClick={() => setView(bounds)}>
          Day
        </Button>
      )}
      <span className={css.rest}>{children}</span>
    </div>
  );
}
