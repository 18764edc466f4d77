import type { SenderState } from './sender';

const colours = { sending: '#8fbf7f', connecting: '#ffb454', waiting: '#e5393f', ended: '#7a7066' } as const;

/** A dot in the colour of the state, for the tab. */
export function iconOf(state: SenderState): string {
  const colour = state.kind === 'ended' && state.why !== 'stopped' ? colours.waiting : colours[state.kind];
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="${colour}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(drawing)}`;
}

export function showState(state: SenderState): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link) link.href = iconOf(state);
}
