import { describe, expect, it } from 'vitest';
import { addCorner, LEAST_CORNERS, MOST_CORNERS, moveArea, moveCorner, newArea, removeCorner } from './areas';

describe('areas on a picture', () => {
  it('stay in the picture however far they are dragged', () => {
    const area = newArea(0);
    const far = moveArea(area, { x: 5, y: -5 });
    expect(Math.max(...far.map((point) => point.x))).toBe(1);
    expect(Math.min(...far.map((point) => point.y))).toBe(0);
    expect(far[1]?.x).toBeCloseTo((far[0]?.x ?? 0) + 0.3);
    expect(moveCorner(area, 2, { x: 1.4, y: -0.2 })[2]).toEqual({ x: 1, y: 0 });
  });

  it('get a corner on their longest side, up to the most, and lose one down to three', () => {
    const wide = [
      { x: 0, y: 0 },
      { x: 1, y: 0 },
      { x: 1, y: 0.2 },
    ];
    expect(addCorner(wide)).toHaveLength(4);
    let area = newArea(3);
    for (let i = 0; i < 40; i++) area = addCorner(area);
    expect(area).toHaveLength(MOST_CORNERS);
    for (let i = 0; i < 40; i++) area = removeCorner(area, 0);
    expect(area).toHaveLength(LEAST_CORNERS);
  });
});
