/** The ways a picture can reach the screen, best first. */
export type Path = 'webrtc' | 'webcodecs' | 'mse' | 'hls' | 'mjpeg';

export type Abilities = {
  /** Page and decoder allow WebCodecs (secure context). */
  webCodecs: boolean;
  /** MSE plays this stream's MIME type. */
  mse: boolean;
  nativeHls: boolean;
};

export type Wishes = {
  sound: boolean;
  /** Tiles of a wall leave this off: a browser composes many small videos more cheaply than many canvases. */
  lowestDelay: boolean;
  /** For measuring and for support: only this way. */
  only?: Path | null;
};

/** Which ways to try when WebRTC is not to be had, in order. Pictures (mjpeg) are always the last: the server makes them from any codec. */
export function pathsFor(can: Abilities, wish: Wishes): Path[] {
  const order: Path[] = [];
  if (can.webCodecs && wish.lowestDelay && !wish.sound) order.push('webcodecs');
  if (can.mse) order.push('mse');
  if (can.nativeHls) order.push('hls');
  order.push('mjpeg');
  if (!wish.only) return order;
  return [wish.only];
}
