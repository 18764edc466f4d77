import { useEffect, useRef, useState } from 'react';
import { household } from '../../api/household';
import type { MotionArea, MotionNow } from '../../api/types';
import { moveArea, moveCorner, type Point } from '../../lib/areas';
import css from './motion.module.css';

/** A new picture this often: it is there to draw on, not to be watched. */
const PICTURE_MS = 3000;
/** Of an arrow key. */
const STEP = 0.02;

type Props = {
  camera: number;
  areas: readonly MotionArea[];
  chosen: number | null;
  corner: number | null;
  now: MotionNow | undefined;
  choose: (area: number | null, corner: number | null) => void;
  /** `over`: the finger has left the picture, or a key was pressed: worth saving. */
  change: (areas: MotionArea[], over: boolean) => void;
};

/** The camera's picture with its zones and masks to be moved by thumb, and what the detector sees on it. */
export function MotionPicture({ camera, areas, chosen, corner, now, choose, change }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const drag = useRef<{ area: number; corner: number | null; from: Point; points: readonly Point[]; moved: boolean } | null>(null);
  const pointAt = (event: { clientX: number; clientY: number }): Point => {
    const box = stage.current?.getBoundingClientRect();
    return box ? { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height } : { x: 0, y: 0 };
  };
  const put = (area: number, points: Point[], over: boolean) =>
    change(
      areas.map((one, at) => (at === area ? { ...one, points } : one)),
      over,
    );
  const begin = (event: React.PointerEvent, area: number, at: number | null) => {
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    choose(area, at);
    drag.current = { area, corner: at, from: pointAt(event), points: areas[area]?.points ?? [], moved: false };
  };
  const move = (event: React.PointerEvent, over = false) => {
    const held = drag.current;
    if (!held) return;
    const to = pointAt(event);
    const by = { x: to.x - held.from.x, y: to.y - held.from.y };
    held.moved ||= Math.hypot(by.x, by.y) > 0.005;
    if (over) drag.current = null;
    if (!held.moved) return;
    const held0 = held.corner === null ? null : held.points[held.corner];
    const points =
      held.corner === null || !held0
        ? moveArea(held.points, by)
        : moveCorner(held.points, held.corner, { x: held0.x + by.x, y: held0.y + by.y });
    put(held.area, points, over);
  };
  const dragging = {
    onPointerMove: (event: React.PointerEvent) => move(event),
    onPointerUp: (event: React.PointerEvent) => move(event, true),
  };
  const keys = (event: React.KeyboardEvent, area: number, at: number) => {
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    const point = areas[area]?.points[at];
    if (!by || !point) return;
    event.preventDefault();
    put(area, moveCorner(areas[area]?.points ?? [], at, { x: point.x + (by[0] ?? 0), y: point.y + (by[1] ?? 0) }), true);
  };
  const active = chosen === null ? undefined : areas[chosen];
  return (
    <div ref={stage} className={css.stage} onPointerDown={() => choose(null, null)}>
      <StillPicture camera={camera} />
      <svg className={css.over} viewBox="0 0 1 1" preserveAspectRatio="none" role="img" aria-label="Zones, masks and motion">
        {now?.cells.map((cell) => (
          <rect
            key={cell}
            className={css.cell}
            x={(cell % now.columns) / now.columns}
            y={Math.floor(cell / now.columns) / now.rows}
            width={1 / now.columns}
            height={1 / now.rows}
          />
        ))}
        {areas.map((area, index) => (
          <polygon
            // biome-ignore lint/suspicious/noArrayIndexKey: areas have no other name, and are never reordered.
            key={index}
            className={css.area}
            data-kind={area.kind}
            data-chosen={index === chosen || undefined}
            points={area.points.map((point) => `${point.x},${point.y}`).join(' ')}
            onPointerDown={(event) => begin(event, index, null)}
            {...dragging}
          />
        ))}
        {now?.box && <rect className={css.box} x={now.box.x} y={now.box.y} width={now.box.width} height={now.box.height} />}
      </svg>
      {active?.points.map((point, index) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: corners have no other name.
          key={index}
          type="button"
          className={css.corner}
          data-kind={active.kind}
          aria-pressed={index === corner}
          aria-label={`Corner ${index + 1} of ${active.points.length}; arrow keys move it`}
          style={{ left: `${point.x * 100}%`, top: `${point.y * 100}%` }}
          onPointerDown={(event) => begin(event, chosen ?? 0, index)}
          onKeyDown={(event) => keys(event, chosen ?? 0, index)}
          {...dragging}
        />
      ))}
    </div>
  );
}

/** The newest picture, asked for again every few seconds; the one before stays until the next is there. */
function StillPicture({ camera }: { camera: number }) {
  const [round, setRound] = useState(0);
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>('loading');
  useEffect(() => {
    const timer = window.setInterval(() => setRound((before) => before + 1), PICTURE_MS);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <>
      <img
        className={css.still}
        data-shown={state === 'shown' || undefined}
        src={household.into(`/api/v1/cameras/${camera}/snapshot.jpg?width=960&round=${round}`)}
        alt=""
        draggable={false}
        onLoad={() => setState('shown')}
        onError={() => setState((before) => (before === 'shown' ? before : 'failed'))}
      />
      {state !== 'shown' && <span className={css.none}>{state === 'failed' ? 'No picture at the moment' : 'Fetching a picture …'}</span>}
    </>
  );
}
