import { type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { closer, keyed, moved, type Point, pinched, tapped, WHOLE } from '../lib/look';
import { Icon } from './Icon';
import css from './zoomable.module.css';

const TAP_MS = 320;
const TAP_PX = 24;

type Finger = Point & { id: number };
type Tap = { at: number; x: number; y: number };

/** A picture to look closer at: two fingers, the wheel, a double tap, or + − 0 and the arrows. Give it a `key` to begin anew. */
export function Zoomable({ children }: { children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null);
  const [look, setLook] = useState(WHOLE);
  const fingers = useRef<Finger[]>([]);
  const pressed = useRef<Tap | null>(null);
  const lastTap = useRef<Tap | null>(null);
  const near = look.scale > 1;

  const placeIn = (event: { clientX: number; clientY: number }): Point => {
    const box = frame.current?.getBoundingClientRect();
    if (!box?.width || !box.height) return { x: 0.5, y: 0.5 };
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  };
  const place = useRef(placeIn);
  place.current = placeIn;

  useEffect(() => {
    const element = frame.current;
    // Not by React: its wheel listeners cannot keep the page from scrolling.
    const wheel = (event: WheelEvent) => {
      if (event.deltaY === 0) return;
      const lines = event.deltaMode === 1 ? 16 : 1;
      // A whole picture that shall become smaller: the page scrolls.
      if (event.deltaY > 0 && !event.ctrlKey && element?.dataset.near !== 'true') return;
      event.preventDefault();
      const at = place.current(event);
      setLook((before) => closer(before, Math.exp((-event.deltaY * lines * (event.ctrlKey ? 4 : 1)) / 500), at));
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, []);

  const down = (event: PointerEvent) => {
    if (event.button !== 0 || fingers.current.length === 2) return;
    fingers.current.push({ id: event.pointerId, ...placeIn(event) });
    pressed.current = fingers.current.length === 1 ? { at: event.timeStamp, x: event.clientX, y: event.clientY } : null;
    if (near || fingers.current.length === 2) for (const { id } of fingers.current) frame.current?.setPointerCapture?.(id);
  };
  const move = (event: PointerEvent) => {
    const index = fingers.current.findIndex(({ id }) => id === event.pointerId);
    const before = fingers.current;
    const was = before[index];
    if (!was) return;
    const is = { id: event.pointerId, ...placeIn(event) };
    fingers.current = before.map((one, i) => (i === index ? is : one));
    const [a, b] = before;
    const [c, d] = fingers.current;
    const box = frame.current?.getBoundingClientRect();
    if (a && b && c && d) setLook((from) => pinched(from, [a, b], [c, d], box?.width ? box.height / box.width : 1));
    else if (near) setLook((from) => moved(from, { x: is.x - was.x, y: is.y - was.y }));
  };
  const up = (event: PointerEvent) => {
    if (!fingers.current.some(({ id }) => id === event.pointerId)) return;
    fingers.current = fingers.current.filter(({ id }) => id !== event.pointerId);
    const here = { at: event.timeStamp, x: event.clientX, y: event.clientY };
    const tap = isNear(pressed.current, here) && event.type === 'pointerup';
    pressed.current = null;
    if (tap && isNear(lastTap.current, here)) {
      lastTap.current = null;
      const at = placeIn(event);
      setLook((before) => tapped(before, at));
    } else lastTap.current = tap ? here : null;
  };

  return (
    <div className={css.zoomable} data-near={near}>
      <div
        ref={frame}
        className={css.frame}
        role="application"
        aria-label="Picture. Plus and minus look closer, arrows move, zero shows all of it."
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys do what fingers do.
        tabIndex={0}
        data-near={near}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const next = keyed(look, event.key);
          if (!next) return;
          event.preventDefault();
          setLook(next);
        }}
      >
        <div
          className={css.picture}
          style={near ? { transform: `translate(${look.x * 100}%, ${look.y * 100}%) scale(${look.scale})` } : undefined}
        >
          {children}
        </div>
      </div>
      {near && (
        <button type="button" className={css.whole} onClick={() => setLook(WHOLE)} aria-label="Show the whole picture">
          {look.scale.toFixed(1)} ×
          <Icon name="close" size={16} />
        </button>
      )}
    </div>
  );
}

function isNear(before: Tap | null, now: Tap): boolean {
  return before !== null && now.at - before.at < TAP_MS && Math.hypot(now.x - before.x, now.y - before.y) < TAP_PX;
}
