import type { Span } from './zoneDay';

/** The part of a day that the axis shows. Pure arithmetic; all times are Unix ms, all places px. */

/** So far one can zoom in: a second is then wide enough for a thumb. */
export const SHORTEST = 60_000;

const lengthOf = (span: Span) => span.to - span.from;

/** The same length, moved so that it lies within the bounds; never longer than they are. */
export function within(view: Span, bounds: Span): Span {
  const length = Math.min(lengthOf(view), lengthOf(bounds));
  const from = Math.min(Math.max(view.from, bounds.from), bounds.to - length);
  return { from, to: from + length };
}

/** `factor` above 1 shows less time; `anchor` stays where it is. */
export function zoom(view: Span, bounds: Span, factor: number, anchor: number): Span {
  const length = Math.min(Math.max(lengthOf(view) / factor, SHORTEST), lengthOf(bounds));
  const share = (Math.min(Math.max(anchor, view.from), view.to) - view.from) / lengthOf(view);
  const from = Math.min(Math.max(anchor, view.from), view.to) - share * length;
  return within({ from, to: from + length }, bounds);
}

/** As `zoom`, but with `at` in the middle: what was just before it is in sight whatever the hour, as at 3 in the morning it stands at the left edge of a whole day. */
export function zoomOn(view: Span, bounds: Span, factor: number, at: number): Span {
  const { from, to } = zoom(view, bounds, factor, at);
  const half = (to - from) / 2;
  return within({ from: at - half, to: at + half }, bounds);
}

/** An axis goes along with a finger that is drawn on into its edge. */
export function panAtEdge(view: Span, bounds: Span, width: number, before: number, here: number): Span {
  const by = lengthOf(view) * 0.02;
  if (here < width * 0.04 && here < before) return pan(view, bounds, -by);
  if (here > width * 0.96 && here > before) return pan(view, bounds, by);
  return view;
}

export function pan(view: Span, bounds: Span, by: number): Span {
  return within({ from: view.from + by, to: view.to + by }, bounds);
}

/** The view moved, if it must be, so that `at` is in sight with something around it. */
export function reveal(view: Span, bounds: Span, at: number): Span {
  const length = lengthOf(view);
  if (length >= lengthOf(bounds) || (at >= view.from + length * 0.02 && at <= view.to - length * 0.02)) return within(view, bounds);
  return within({ from: at - length / 2, to: at + length / 2 }, bounds);
}

export function placeOf(view: Span, width: number, at: number): number {
  return ((at - view.from) / lengthOf(view)) * width;
}

export function timeAt(view: Span, width: number, place: number): number {
  return view.from + (place / Math.max(1, width)) * lengthOf(view);
}

export function clamp(at: number, bounds: Span): number {
  return Math.min(Math.max(at, bounds.from), bounds.to);
}

/** The two ends of a chosen part: they keep a second's distance and stay within the bounds. */
export function moveEnd(part: Span, end: 'from' | 'to', at: number, bounds: Span): Span {
  return end === 'from'
    ? { from: Math.min(clamp(at, bounds), part.to - 1000), to: part.to }
    : { from: part.from, to: Math.max(clamp(at, bounds), part.from + 1000) };
}

/** The loudest point of each column, 0…1 by `height`; null where nothing is known, which is not the same as quiet. A point stands for `lasts` ms. */
export function columns<P extends { at: number }>(
  points: readonly P[],
  view: Span,
  count: number,
  lasts: number,
  height: (point: P) => number,
): (number | null)[] {
  const found: (number | null)[] = new Array(count).fill(null);
  const share = count / lengthOf(view);
  for (const point of points) {
    const first = Math.max(0, Math.floor((point.at - view.from) * share));
    const last = Math.min(count - 1, Math.ceil((point.at + lasts - view.from) * share) - 1);
    for (let index = first; index <= last; index++) found[index] = Math.max(found[index] ?? 0, height(point));
  }
  return found;
}

/** Columns as one closed shape per stretch that is known, for an SVG of `height` px in which the sound grows upwards from the bottom. */
export function bandPath(heights: readonly (number | null)[], height: number): string {
  let path = '';
  let open = false;
  heights.forEach((value, index) => {
    if (value === null) {
      if (open) path += `V${height}Z`;
      open = false;
      return;
    }
    const top = (height - Math.max(1, value * height)).toFixed(1);
    path += open ? `V${top}H${index + 1}` : `M${index} ${height}V${top}H${index + 1}`;
    open = true;
  });
  return open ? `${path}V${height}Z` : path;
}
