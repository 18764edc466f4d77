/** Polygons on a picture, 0..1 from its left and upper edge. Pure. */
export type Point = { x: number; y: number };

export const MOST_AREAS = 8;
export const MOST_CORNERS = 16;
export const LEAST_CORNERS = 3;

const inside = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;

/** A new area in the middle; each further one a little aside, so that none hides another. */
export function newArea(before: number): Point[] {
  const aside = (before % 4) * 0.06;
  const [left, top, right, bottom] = [0.3 + aside, 0.3 + aside, 0.6 + aside, 0.6 + aside];
  return [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ].map(({ x, y }) => ({ x: inside(x), y: inside(y) }));
}

export function moveCorner(points: readonly Point[], index: number, to: Point): Point[] {
  return points.map((point, at) => (at === index ? { x: inside(to.x), y: inside(to.y) } : point));
}

/** Moves all of it, as far as it stays in the picture. */
export function moveArea(points: readonly Point[], by: Point): Point[] {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const dx = Math.min(1 - Math.max(...xs), Math.max(-Math.min(...xs), by.x));
  const dy = Math.min(1 - Math.max(...ys), Math.max(-Math.min(...ys), by.y));
  return points.map(({ x, y }) => ({ x: inside(x + dx), y: inside(y + dy) }));
}

/** A corner in the middle of the longest side; as it was when there are enough. */
export function addCorner(points: readonly Point[]): Point[] {
  if (points.length >= MOST_CORNERS) return [...points];
  let longest = 0;
  let after = 0;
  points.forEach((point, index) => {
    const next = points[(index + 1) % points.length] ?? point;
    const size = Math.hypot(next.x - point.x, next.y - point.y);
    if (size > longest) [longest, after] = [size, index];
  });
  const from = points[after];
  const to = points[(after + 1) % points.length];
  if (!from || !to) return [...points];
  return [...points.slice(0, after + 1), { x: inside((from.x + to.x) / 2), y: inside((from.y + to.y) / 2) }, ...points.slice(after + 1)];
}

export function removeCorner(points: readonly Point[], index: number): Point[] {
  return points.length <= LEAST_CORNERS ? [...points] : points.filter((_, at) => at !== index);
}
