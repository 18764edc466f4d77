// Just enough of ISO/IEC 14496-12 to take a live stream apart: box walking, the init segment's tracks, and the samples of a
// fragment. Malformed input yields less, never an exception: a bad fragment must not end the picture.

export type Box = { type: string; start: number; body: number; end: number };

const CONTAINERS_OF_INIT = ['moov', 'trak', 'mdia', 'minf', 'stbl'] as const;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The boxes lying side by side in [start, end). Stops at the first one that does not fit. */
export function boxesIn(view: DataView, start = 0, end = view.byteLength): Box[] {
  const found: Box[] = [];
  let at = start;
  while (at + 8 <= end) {
    let size = view.getUint32(at);
    let header = 8;
    if (size === 1) {
      if (at + 16 > end) break;
      size = view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12);
      header = 16;
    } else if (size === 0) {
      size = end - at;
    }
    if (size < header || at + size > end) break;
    found.push({ type: fourCc(view, at + 4), start: at, body: at + header, end: at + size });
    at += size;
  }
  return found;
}

export function child(view: DataView, parent: Box, type: string): Box | undefined {
  return boxesIn(view, parent.body, parent.end).find((box) => box.type === type);
}

function descend(view: DataView, from: Box, path: readonly string[]): Box | undefined {
  let box: Box | undefined = from;
  for (const type of path) {
    if (!box) return undefined;
    box = child(view, box, type);
  }
  return box;
}

export function fourCc(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

export function uint64(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
}

export type Track = {
  id: number;
  kind: 'video' | 'audio';
  timescale: number;
  /** The sample entry: avc1, hvc1, mp4a, Opus … */
  entry: string;
  width: number;
  height: number;
  /** Body of avcC or hvcC: what a VideoDecoder takes as its description. */
  config: Uint8Array | null;
};

/** The tracks an init segment declares. Empty when it is not one. */
export function parseInit(bytes: Uint8Array): Track[] {
  const view = viewOf(bytes);
  const moov = boxesIn(view).find((box) => box.type === CONTAINERS_OF_INIT[0]);
  if (!moov) return [];
  const tracks: Track[] = [];
  for (const trak of boxesIn(view, moov.body, moov.end).filter((box) => box.type === 'trak')) {
    const track = parseTrack(bytes, view, trak);
    if (track) tracks.push(track);
  }
  return tracks;
}

function parseTrack(bytes: Uint8Array, view: DataView, trak: Box): Track | null {
  const tkhd = child(view, trak, 'tkhd');
  const mdhd = descend(view, trak, ['mdia', 'mdhd']);
  const hdlr = descend(view, trak, ['mdia', 'hdlr']);
  const stsd = descend(view, trak, ['mdia', 'minf', 'stbl', 'stsd']);
  if (!tkhd || !mdhd || !hdlr || !stsd) return null;
  const idAt = tkhd.body + 4 + (view.getUint8(tkhd.body) === 1 ? 16 : 8);
  const scaleAt = mdhd.body + 4 + (view.getUint8(mdhd.body) === 1 ? 16 : 8);
  const entry = boxesIn(view, stsd.body + 8, stsd.end)[0];
  if (!entry || idAt + 4 > tkhd.end || scaleAt + 4 > mdhd.end || hdlr.body + 12 > hdlr.end) return null;
  const handler = fourCc(view, hdlr.body + 8);
  if (handler !== 'vide' && handler !== 'soun') return null;
  const track: Track = {
    id: view.getUint32(idAt),
    kind: handler === 'vide' ? 'video' : 'audio',
    timescale: view.getUint32(scaleAt) || 1,
    entry: entry.type,
    width: 0,
    height: 0,
    config: null,
  };
  // A VisualSampleEntry has 78 bytes of fields before its boxes (§12.1.3).
  if (track.kind === 'video' && entry.body + 78 <= entry.end) {
    track.width = view.getUint16(entry.body + 24);
    track.height = view.getUint16(entry.body + 26);
    const config = boxesIn(view, entry.body + 78, entry.end).find((box) => box.type === 'avcC' || box.type === 'hvcC');
    if (config) track.config = bytes.slice(config.body, config.end);
  }
  return track;
}

export type Sample = { offset: number; size: number; decodeTime: number; presentationTime: number; isKey: boolean };
export type ProducerTime = { trackId: number; wallMs: number; mediaTime: number };
export type Fragment = { samples: { trackId: number; samples: Sample[] }[]; producerTimes: ProducerTime[] };

/** Samples (with offsets into `bytes`) and producer reference times of one fragment. Times are in ticks of the track. */
export function parseFragment(bytes: Uint8Array): Fragment {
  const view = viewOf(bytes);
  const fragment: Fragment = { samples: [], producerTimes: [] };
  for (const box of boxesIn(view)) {
    if (box.type === 'prft') {
      const time = parsePrft(view, box);
      if (time) fragment.producerTimes.push(time);
    } else if (box.type === 'moof') {
      for (const traf of boxesIn(view, box.body, box.end).filter((inner) => inner.type === 'traf')) {
        const run = parseTrackFragment(view, box, traf);
        if (run) fragment.samples.push(run);
      }
    }
  }
  return fragment;
}

/** A live fragment has one sample, a recorded one some dozens. */
const MAX_SAMPLES = 10_000;

/** Seconds between 1900 (NTP) and 1970 (Unix). */
const NTP_TO_UNIX_SECONDS = 2_208_988_800;

/** Producer reference time, §8.16.5: which wall clock belongs to which media time. */
export function parsePrft(view: DataView, box: Box): ProducerTime | null {
  const long = box.body < box.end && view.getUint8(box.body) === 1;
  if (box.end - box.body < (long ? 24 : 20)) return null;
  const seconds = view.getUint32(box.body + 8);
  const fraction = view.getUint32(box.body + 12);
  return {
    trackId: view.getUint32(box.body + 4),
    wallMs: (seconds - NTP_TO_UNIX_SECONDS) * 1000 + (fraction / 2 ** 32) * 1000,
    mediaTime: long ? uint64(view, box.body + 16) : view.getUint32(box.body + 16),
  };
}

function parseTrackFragment(view: DataView, moof: Box, traf: Box): { trackId: number; samples: Sample[] } | null {
  const tfhd = child(view, traf, 'tfhd');
  const tfdt = child(view, traf, 'tfdt');
  if (!tfhd || tfhd.end - tfhd.body < 8 || !tfdt || tfdt.end - tfdt.body < 8) return null;
  const flags = view.getUint32(tfhd.body) & 0xffffff;
  let at = tfhd.body + 8;
  const optional = (bit: number, size: number) => {
    if (!(flags & bit) || at + size > tfhd.end) return undefined;
    const value = size === 8 ? uint64(view, at) : view.getUint32(at);
    at += size;
    return value;
  };
  const base = optional(0x1, 8) ?? moof.start;
  optional(0x2, 4);
  const defaultDuration = optional(0x8, 4) ?? 0;
  const defaultSize = optional(0x10, 4) ?? 0;
  const defaultFlags = optional(0x20, 4) ?? 0;

  let decodeTime =
    view.getUint8(tfdt.body) === 1 && tfdt.end - tfdt.body >= 12 ? uint64(view, tfdt.body + 4) : view.getUint32(tfdt.body + 4);
  const samples: Sample[] = [];
  let offset = base;
  for (const trun of boxesIn(view, traf.body, traf.end).filter((box) => box.type === 'trun')) {
    if (trun.end - trun.body < 8) break;
    const runFlags = view.getUint32(trun.body) & 0xffffff;
    const count = view.getUint32(trun.body + 4);
    // Samples may take no bytes of the run when every field has a default: the count alone must not decide how long this takes.
    if (count > MAX_SAMPLES) return null;
    let read = trun.body + 8;
    const next = (bit: number) => {
      if (!(runFlags & bit) || read + 4 > trun.end) return undefined;
      read += 4;
      return read - 4;
    };
    const offsetAt = next(0x1);
    if (offsetAt !== undefined) offset = base + view.getInt32(offsetAt);
    const firstFlagsAt = next(0x4);
    for (let index = 0; index < count; index++) {
      if (read > trun.end) return null;
      const durationAt = next(0x100);
      const sizeAt = next(0x200);
      const flagsAt = next(0x400);
      const shiftAt = next(0x800);
      const size = sizeAt === undefined ? defaultSize : view.getUint32(sizeAt);
      const sampleFlags =
        flagsAt !== undefined
          ? view.getUint32(flagsAt)
          : index === 0 && firstFlagsAt !== undefined
            ? view.getUint32(firstFlagsAt)
            : defaultFlags;
      if (offset + size > view.byteLength) return null;
      samples.push({
        offset,
        size,
        decodeTime,
        presentationTime: decodeTime + (shiftAt === undefined ? 0 : view.getInt32(shiftAt)),
        // sample_is_non_sync_sample, §8.8.3.1.
        isKey: (sampleFlags & 0x10000) === 0,
      });
      offset += size;
      decodeTime += durationAt === undefined ? defaultDuration : view.getUint32(durationAt);
    }
  }
  return { trackId: view.getUint32(tfhd.body + 4), samples };
}
