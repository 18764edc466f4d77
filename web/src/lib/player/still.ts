/** What is on the screen, as something that stays there: a closed video shows nothing any more, a canvas keeps its picture. */
export function stillOf(element: Element | null): HTMLCanvasElement | null {
  if (element instanceof HTMLCanvasElement) return element.width > 0 ? element : null;
  if (!(element instanceof HTMLVideoElement) || element.videoWidth === 0 || element.readyState < 2) return null;
  const still = document.createElement('canvas');
  still.width = element.videoWidth;
  still.height = element.videoHeight;
  still.setAttribute('aria-hidden', 'true');
  still.getContext('2d', { alpha: false })?.drawImage(element, 0, 0);
  return still;
}
