/** Called for every picture that reached the screen, with its media time in seconds (null: unknown). */
export type Shown = (mediaSeconds: number | null, frame?: FrameMetadata) => void;

export type SinkEvents = {
  shown: Shown;
  /** This way of showing the stream does not work (any more). */
  failed: (reason: string) => void;
  /** The browser would not start sound without a touch. */
  soundBlocked?: () => void;
};

export type Sink = {
  readonly element: HTMLElement;
  push: (fragment: Uint8Array) => void;
  close: () => void;
};

/** Page times in ms. `captureTime`: WebRTC only, and only once the sender's clock is known. */
type FrameMetadata = { mediaTime: number; expectedDisplayTime: number; captureTime?: number };
type FrameVideo = HTMLVideoElement & {
  requestVideoFrameCallback?: (callback: (now: number, metadata: FrameMetadata) => void) => number;
};

/** Reports each new picture of a video element; by its clock where frame callbacks do not exist. Returns the way to stop. */
export function watchFrames(element: HTMLVideoElement, shown: Shown): () => void {
  const video = element as FrameVideo;
  let running = true;
  if (video.requestVideoFrameCallback) {
    const onFrame = (_now: number, metadata: FrameMetadata) => {
      if (!running) return;
      shown(metadata.mediaTime, metadata);
      video.requestVideoFrameCallback?.(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    return () => {
      running = false;
    };
  }
  let last = -1;
  const timer = window.setInterval(() => {
    if (video.readyState >= 2 && video.currentTime !== last) {
      last = video.currentTime;
      shown(last);
    }
  }, 100);
  return () => window.clearInterval(timer);
}

export function makeVideo(): HTMLVideoElement {
  const video = document.createElement('video');
  video.playsInline = true;
  video.muted = true;
  video.autoplay = true;
  video.disablePictureInPicture = true;
  video.setAttribute('aria-hidden', 'true');
  video.tabIndex = -1;
  return video;
}
