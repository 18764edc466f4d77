import { describe, expect, it } from 'vitest';
import { box, fragment, init, prft, soundEntry, visualEntry } from '../../../tests/mp4';
import { boxesIn, parseFragment, parseInit, viewOf } from './boxes';
import { keepTrack } from './onlyVideo';

const avcC = [1, 66, 192, 31, 255, 225, 0, 0];
const both = init([
  { id: 1, handler: 'vide', timescale: 90_000, entry: visualEntry(1280, 720, avcC) },
  { id: 2, handler: 'soun', timescale: 48_000, entry: soundEntry() },
]);

describe('an init segment', () => {
  it('tells its tracks, their time scales, sizes and decoder configuration', () => {
    expect(parseInit(both)).toEqual([
      { id: 1, kind: 'video', timescale: 90_000, entry: 'avc1', width: 1280, height: 720, config: new Uint8Array(avcC) },
      { id: 2, kind: 'audio', timescale: 48_000, entry: 'Opus', width: 0, height: 0, config: null },
    ]);
  });

  it('can lose its sound track and stays well formed', () => {
    const video = keepTrack(both, 1);
    expect(parseInit(video).map((track) => track.id)).toEqual([1]);
    const view = viewOf(video);
    expect(boxesIn(view).map((one) => one.type)).toEqual(['ftyp', 'moov']);
    expect(boxesIn(view).at(-1)?.end).toBe(video.length);
    const moov = boxesIn(view)[1];
    if (!moov) throw new Error('no moov');
    const mvex = boxesIn(view, moov.body, moov.end).find((one) => one.type === 'mvex');
    if (!mvex) throw new Error('no mvex');
    expect(boxesIn(view, mvex.body, mvex.end).map((one) => view.getUint32(one.body + 4))).toEqual([1]);
  });

  it('that is none has no tracks', () => {
    expect(parseInit(new Uint8Array([1, 2, 3]))).toEqual([]);
    expect(parseInit(new Uint8Array(box('free', [1, 2])))).toEqual([]);
  });

  it('cut anywhere does not throw', () => {
    for (let length = 0; length < both.length; length++) expect(() => parseInit(both.slice(0, length))).not.toThrow();
  });
});

describe('a fragment', () => {
  const whole = fragment(
    1,
    900_000,
    [
      { data: [1, 2, 3], duration: 3600, key: true },
      { data: [4, 5], duration: 3600, shift: 7200 },
    ],
    prft(1, 1_700_000_000_250, 900_000),
  );

  it('gives samples with times, key marks and places', () => {
    const { samples } = parseFragment(whole);
    expect(samples).toHaveLength(1);
    const run = samples[0];
    expect(run?.trackId).toBe(1);
    expect(run?.samples.map(({ decodeTime, presentationTime, isKey, size }) => [decodeTime, presentationTime, isKey, size])).toEqual([
      [900_000, 900_000, true, 3],
      [903_600, 910_800, false, 2],
    ]);
    expect(run?.samples.map((sample) => [...whole.slice(sample.offset, sample.offset + sample.size)])).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('gives the wall clock of its producer, to the millisecond', () => {
    const [time] = parseFragment(whole).producerTimes;
    expect(time).toMatchObject({ trackId: 1, mediaTime: 900_000 });
    expect(Math.round(time?.wallMs ?? 0)).toBe(1_700_000_000_250);
  });

  it('gives it from the short form as well, and from media times beyond 32 bits', () => {
    expect(parseFragment(new Uint8Array(prft(3, 1_700_000_000_000, 4711, 0))).producerTimes[0]).toMatchObject({
      trackId: 3,
      mediaTime: 4711,
    });
    expect(parseFragment(new Uint8Array(prft(3, 0, 2 ** 40 + 5))).producerTimes[0]?.mediaTime).toBe(2 ** 40 + 5);
  });

  it('cut anywhere does not throw and never points outside itself', () => {
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      for (const run of parseFragment(cut).samples)
        for (const sample of run.samples) expect(sample.offset + sample.size).toBeLessThanOrEqual(length);
    }
  });

  it('with any one byte spoiled does not throw', () => {
    for (let at = 0; at < whole.length; at++) {
      const spoiled = whole.slice();
      spoiled[at] = 255;
      expect(() => parseFragment(spoiled)).not.toThrow();
    }
  });
});

describe('boxes', () => {
  it('may have a 64-bit size, or reach to the end', () => {
    const large = [0, 0, 0, 1, ...[...'mdat'].map((c) => c.charCodeAt(0)), 0, 0, 0, 0, 0, 0, 0, 18, 7, 7];
    expect(boxesIn(viewOf(new Uint8Array(large)))).toEqual([{ type: 'mdat', start: 0, body: 16, end: 18 }]);
    const open = [0, 0, 0, 0, ...[...'mdat'].map((c) => c.charCodeAt(0)), 7];
    expect(boxesIn(viewOf(new Uint8Array(open)))).toEqual([{ type: 'mdat', start: 0, body: 8, end: 9 }]);
  });

  it('end where one does not fit', () => {
    expect(boxesIn(viewOf(new Uint8Array([...box('free'), 0, 0, 1, 0, ...box('x234')]))).map((one) => one.type)).toEqual(['free']);
  });
});
