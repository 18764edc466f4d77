/** Writes small MP4 boxes for tests, independently of the code that reads them. */
export function u16(value: number): number[] {
  return [value >>> 8, value & 255];
}
export function u32(value: number): number[] {
  const whole = value >>> 0;
  return [(whole >>> 24) & 255, (whole >>> 16) & 255, (whole >>> 8) & 255, whole & 255];
}
export function u64(value: number): number[] {
  return [...u32(Math.floor(value / 2 ** 32)), ...u32(value % 2 ** 32)];
}
export function text(value: string): number[] {
  return [...value].map((letter) => letter.charCodeAt(0));
}
export function zeros(count: number): number[] {
  return new Array(count).fill(0);
}
export function box(type: string, ...body: number[][]): number[] {
  const bytes = body.flat();
  return [...u32(bytes.length + 8), ...text(type), ...bytes];
}

export type TestTrack = { id: number; handler: 'vide' | 'soun'; timescale: number; entry: number[] };

export function visualEntry(width: number, height: number, avcC: number[]): number[] {
  return box('avc1', zeros(24), u16(width), u16(height), zeros(50), box('avcC', avcC));
}
export function soundEntry(): number[] {
  return box('Opus', zeros(28), box('dOps', zeros(11)));
}

export function init(tracks: TestTrack[]): Uint8Array {
  const traks = tracks.map((track) =>
    box(
      'trak',
      box('tkhd', u32(0), zeros(8), u32(track.id), zeros(68)),
      box(
        'mdia',
        box('mdhd', u32(0), zeros(8), u32(track.timescale), zeros(8)),
        box('hdlr', zeros(8), text(track.handler), zeros(13)),
        box('minf', box('stbl', box('stsd', u32(0), u32(1), track.entry))),
      ),
    ),
  );
  const trexes = tracks.map((track) => box('trex', u32(0), u32(track.id), u32(1), zeros(12)));
  return new Uint8Array([...box('ftyp', text('iso6'), u32(0)), ...box('moov', box('mvhd', zeros(100)), ...traks, box('mvex', ...trexes))]);
}

export function prft(trackId: number, unixMs: number, mediaTime: number, version: 0 | 1 = 1): number[] {
  const seconds = Math.floor(unixMs / 1000) + 2_208_988_800;
  const fraction = Math.round(((unixMs % 1000) / 1000) * 2 ** 32);
  return box(
    'prft',
    u32(version === 1 ? 0x0100_0018 : 0x18),
    u32(trackId),
    u32(seconds),
    u32(fraction),
    version === 1 ? u64(mediaTime) : u32(mediaTime),
  );
}

export type TestSample = { data: number[]; duration: number; key?: boolean; shift?: number };

/** prft + moof + mdat, the way one live fragment travels. */
export function fragment(trackId: number, decodeTime: number, samples: TestSample[], before: number[] = []): Uint8Array {
  const entries = samples.map((sample) => [
    ...u32(sample.duration),
    ...u32(sample.data.length),
    ...u32(sample.key ? 0x0200_0000 : 0x0101_0000),
    ...u32(sample.shift ?? 0),
  ]);
  const make = (offset: number) =>
    box(
      'moof',
      box('mfhd', u32(0), u32(1)),
      box(
        'traf',
        box('tfhd', u32(0x020000), u32(trackId)),
        box('tfdt', u32(0x0100_0000), u64(decodeTime)),
        box('trun', u32(0x0100_0f01), u32(samples.length), u32(offset), ...entries),
      ),
    );
  const size = make(0).length;
  return new Uint8Array([...before, ...make(size + 8), ...box('mdat', ...samples.map((sample) => sample.data))]);
}
