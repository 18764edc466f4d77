/** What stands in a number field: null when that is nothing, or not a number yet ("-"). */
export function numberOf(typed: string | number | null): number | null {
  return typed === null || typed === '' || !Number.isFinite(Number(typed)) ? null : Number(typed);
}
