/** Media time (seconds) to the camera's wall clock (Unix ms), from the producer reference times that came with the fragments. */
export class WallClockMap {
  private readonly points: { media: number; wallMs: number }[] = [];

  add(media: number, wallMs: number): void {
    this.points.push({ media, wallMs });
    if (this.points.length > 300) this.points.splice(0, 100);
  }

  /** Null while nothing is known about this time. */
  wallAt(media: number): number | null {
    for (let index = this.points.length - 1; index >= 0; index--) {
      const point = this.points[index];
      if (point && (point.media <= media + 0.001 || index === 0)) return point.wallMs + (media - point.media) * 1000;
    }
    return null;
  }

  clear(): void {
    this.points.length = 0;
  }
}
