/** Which part of a picture is looked at: the picture is `scale` times as large as its frame and begins at `x`, `y`, in frames (0 to 1 − scale). */
export type Look = { scale: number; x: number; y: number };
export type Point = { x: number; y: number };

export const WHOLE: Look = { scale: 1, x: 0, y: 0 };
export const CLOSEST = 8;
/** What a double tap gives. */
const CLOSER = 2.5;

/** `factor` times as large, and what is under the point stays there. */
export function closer(look: Look, factor: number, at: Point): Look {
  const scale = Math.min(CLOSEST, Math.max(1, look.scale * factor));
  const grown = scale / look.scale;
  return within({ scale, x: at.x - (at.x - look.x) * grown, y: at.y - (at.y - look.y) * grown });
}

export function moved(look: Look, by: Point): Look {
  return within({ ...look, x: look.x + by.x, y: look.y + by.y });
}

/** Two fingers: what was between them stays between them. */
export function pinched(look: Look, before: readonly [Point, Point], after: readonly [Point, Point], ratio = 1): Look {
  const [was, is] = [middle(before), middle(after)];
  const factor = Math.max(0.02, apart(after, ratio)) / Math.max(0.02, apart(before, ratio));
  return closer(moved(look, { x: is.x - was.x, y: is.y - was.y }), factor, is);
}

/** A double tap looks at that place, the next one at the whole again. */
export function tapped(look: Look, at: Point): Look {
  return look.scale > 1 ? WHOLE : closer(look, CLOSER, at);
}

const STEP = 0.15;
const CENTRE: Point = { x: 0.5, y: 0.5 };

/** By keys; null when the key means nothing here, so that the page can scroll. */
export function keyed(look: Look, key: string): Look | null {
  if (key === '+' || key === '=') return closer(look, 1.5, CENTRE);
  if (look.scale === 1) return null;
  if (key === '-' || key === '_') return closer(look, 1 / 1.5, CENTRE);
  if (key === '0' || key === 'Escape') return WHOLE;
  if (key === 'ArrowLeft') return moved(look, { x: STEP, y: 0 });
  if (key === 'ArrowRight') return moved(look, { x: -STEP, y: 0 });
  if (key === 'ArrowUp') return moved(look, { x: 0, y: STEP });
  if (key === 'ArrowDown') return moved(look, { x: 0, y: -STEP });
  return null;
}

/** Nothing but picture is seen, and what is nearly the whole is the whole. */
function within(look: Look): Look {
  if (look.scale < 1.02) return WHOLE;
  const least = 1 - look.scale;
  return { scale: look.scale, x: Math.min(0, Math.max(least, look.x)), y: Math.min(0, Math.max(least, look.y)) };
}

const middle = ([a, b]: readonly [Point, Point]): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
/** In widths of the frame; `ratio` is its height by its width. */
const apart = ([a, b]: readonly [Point, Point], ratio: number) => Math.hypot(a.x - b.x, (a.y - b.y) * ratio);
