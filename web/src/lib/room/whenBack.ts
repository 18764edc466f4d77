/** Calls when something says that a new try may succeed: the network is back or another one, the page is in front, a camera was plugged in. */
export function whenBack(nudge: () => void): () => void {
  const back = () => {
    if (!document.hidden) nudge();
  };
  const { connection } = navigator as { connection?: EventTarget };
  const sources: [EventTarget | undefined, string][] = [
    [window, 'online'],
    [window, 'pageshow'],
    [document, 'visibilitychange'],
    [navigator.mediaDevices, 'devicechange'],
    [connection, 'change'],
  ];
  for (const [source, name] of sources) source?.addEventListener?.(name, back);
  return () => {
    for (const [source, name] of sources) source?.removeEventListener?.(name, back);
  };
}
