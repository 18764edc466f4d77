/** "Chrome on Android" from a user agent: enough to know one's own devices apart. */
export function deviceWords(agent: string | null): string {
  if (!agent) return 'Unknown device';
  const browser = [
    ['Edg', 'Edge'],
    ['OPR', 'Opera'],
    ['Firefox', 'Firefox'],
    ['Chrome', 'Chrome'],
    ['Safari', 'Safari'],
  ].find(([mark]) => mark && agent.includes(mark))?.[1];
  const system = [
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Android', 'Android'],
    ['Windows', 'Windows'],
    ['Mac OS', 'Mac'],
    ['Linux', 'Linux'],
  ].find(([mark]) => mark && agent.includes(mark))?.[1];
  if (!browser && !system) return agent.split(/[ /]/)[0] || 'Unknown device';
  return [browser ?? 'Browser', system && `on ${system}`].filter(Boolean).join(' ');
}
