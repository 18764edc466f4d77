/** Where the small clock of the dark screen stands in this minute, in percent: never long in one place, never at an edge. */
export function driftAt(minute: number): { left: number; top: number } {
  // Two steps without a common divisor of their ranges: some hours pass before a place comes again.
  return { left: 12 + ((minute * 17) % 61), top: 10 + ((minute * 23) % 71) };
}
