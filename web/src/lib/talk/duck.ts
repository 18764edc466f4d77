/** Quiet enough that a loudspeaker here does not carry the room back into the room. */
export const DUCKED = 0.1;

/** Turns down whatever plays on the page; the result turns it up again. */
export function duck(page: ParentNode = document): () => void {
  const before = [...page.querySelectorAll<HTMLMediaElement>('video, audio')].map((element) => ({
    element,
    volume: element.volume,
    muted: element.muted,
  }));
  for (const { element, volume } of before) {
    element.volume = Math.min(volume, DUCKED);
    // iPhones leave the volume to its buttons.
    if (element.volume > DUCKED) element.muted = true;
  }
  return () => {
    for (const { element, volume, muted } of before) {
      element.volume = volume;
      if (!muted && element.muted) element.muted = false;
    }
  };
}
