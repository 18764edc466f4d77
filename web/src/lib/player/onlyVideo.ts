import { type Box, boxesIn, child, viewOf } from './boxes';

/**
 * An init segment with every track but one removed. A muted picture is played without its audio track: an MSE buffer ends
 * where its SHORTEST track ends, so a microphone that pauses would freeze a picture that is alive.
 */
export function keepTrack(init: Uint8Array, trackId: number): Uint8Array {
  const view = viewOf(init);
  const parts: Uint8Array[] = [];
  for (const box of boxesIn(view)) {
    parts.push(box.type === 'moov' ? keepInMoov(init, view, box, trackId) : init.subarray(box.start, box.end));
  }
  return concat(parts);
}

function keepInMoov(init: Uint8Array, view: DataView, moov: Box, trackId: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const box of boxesIn(view, moov.body, moov.end)) {
    if (box.type === 'trak') {
      const tkhd = child(view, box, 'tkhd');
      const id = tkhd ? view.getUint32(tkhd.body + 4 + (view.getUint8(tkhd.body) === 1 ? 16 : 8)) : -1;
      if (id !== trackId) continue;
    }
    if (box.type === 'mvex') {
      const kept = boxesIn(view, box.body, box.end).filter((inner) => inner.type !== 'trex' || view.getUint32(inner.body + 4) === trackId);
      parts.push(wrap('mvex', concat(kept.map((inner) => init.subarray(inner.start, inner.end)))));
      continue;
    }
    parts.push(init.subarray(box.start, box.end));
  }
  return wrap('moov', concat(parts));
}

function wrap(type: string, body: Uint8Array): Uint8Array {
  const box = new Uint8Array(8 + body.length);
  new DataView(box.buffer).setUint32(0, box.length);
  for (let index = 0; index < 4; index++) box[4 + index] = type.charCodeAt(index);
  box.set(body, 8);
  return box;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const first = parts[0];
  if (parts.length === 1 && first) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
