import { describe, expect, it } from 'vitest';
import { MultipartPictures } from './mjpeg';
import { steer, trimTo } from './msePolicy';
import { pathsFor } from './paths';
import { StaleClock } from './staleClock';
import { codecList } from './view';
import { WallClockMap } from './wallClockMap';

describe('following the live edge', () => {
  it.each([
    [8.9, { seekTo: 9.9 }],
    [9.7, { rate: 1.1 }],
    [9.85, { rate: 1.04 }],
    [9.92, { rate: 1 }],
    [9.97, { rate: 0.97 }],
  ])('at %s of 10 seconds', (currentTime, expected) => {
    expect(steer(currentTime, { start: 2, end: 10 })).toEqual(expected);
  });

  it('jumps while the first pictures still pour in, instead of running after them', () => {
    expect(steer(9.5, { start: 2, end: 10 })).toEqual({ rate: 1.1 });
    expect(steer(9.5, { start: 2, end: 10 }, true)).toEqual({ seekTo: 9.9 });
    expect(steer(9.85, { start: 2, end: 10 }, true)).toEqual({ rate: 1.04 });
  });

  it('jumps into the newest range after a hole, and never before its start', () => {
    expect(steer(5, { start: 9.95, end: 10 })).toEqual({ seekTo: 9.95 });
  });

  it('throws away only what was played long ago', () => {
    expect(trimTo(10, 0)).toBeNull();
    expect(trimTo(20, 0)).toBe(14);
  });
});

describe('a picture', () => {
  it('is none before the first, live while pictures come, and stale within three seconds', () => {
    const clock = new StaleClock();
    expect(clock.read(0).phase).toBe('none');
    clock.shown(1000, 80);
    expect(clock.read(1100)).toEqual({ phase: 'live', ageMs: 80, sinceMs: 100 });
    expect(clock.read(3000).phase).toBe('live');
    expect(clock.read(3001)).toEqual({ phase: 'stale', ageMs: 2081, sinceMs: 2001 });
    clock.shown(13_000, 90);
    expect(clock.read(13_001).phase).toBe('live');
  });

  it('that arrives on time but was taken long ago is stale', () => {
    const clock = new StaleClock();
    clock.shown(1000, 9000);
    expect(clock.read(1010)).toMatchObject({ phase: 'stale', ageMs: 9010 });
  });

  it('of a slow camera is not called stale for being slow', () => {
    const clock = new StaleClock();
    clock.expect(0.5);
    clock.shown(0, 100);
    expect(clock.read(4900).phase).toBe('live');
    expect(clock.read(5100).phase).toBe('stale');
  });

  it('is judged without the age when the clocks are not known', () => {
    const clock = new StaleClock();
    clock.shown(0, null);
    expect(clock.read(100)).toEqual({ phase: 'live', ageMs: null, sinceMs: 100 });
    expect(clock.read(2500).phase).toBe('stale');
  });

  it('is forgiven for the time the page was hidden', () => {
    const clock = new StaleClock();
    clock.shown(0, 50);
    clock.pardon(60_000);
    expect(clock.read(60_100).phase).toBe('live');
  });
});

describe('the wall clock of a media time', () => {
  it('comes from the last mark before it', () => {
    const map = new WallClockMap();
    expect(map.wallAt(1)).toBeNull();
    map.add(10, 50_000);
    map.add(11, 51_200);
    expect(map.wallAt(10.5)).toBe(50_500);
    expect(map.wallAt(11.5)).toBe(51_700);
    expect(map.wallAt(9)).toBe(49_000);
  });

  it('forgets old marks', () => {
    const map = new WallClockMap();
    for (let index = 0; index < 1000; index++) map.add(index, index * 1000);
    expect(map.wallAt(999)).toBe(999_000);
  });
});

describe('the way to the screen', () => {
  const all = { webCodecs: true, mse: true, nativeHls: true };
  it('is the shortest for one camera without sound', () => {
    expect(pathsFor(all, { sound: false, lowestDelay: true })).toEqual(['webcodecs', 'mse', 'hls', 'mjpeg']);
  });
  it('is MSE with sound, and for tiles', () => {
    expect(pathsFor(all, { sound: true, lowestDelay: true })[0]).toBe('mse');
    expect(pathsFor(all, { sound: false, lowestDelay: false })[0]).toBe('mse');
  });
  it('falls back to HLS, and to single pictures at last', () => {
    expect(pathsFor({ webCodecs: false, mse: false, nativeHls: true }, { sound: true, lowestDelay: true })).toEqual(['hls', 'mjpeg']);
    expect(pathsFor({ webCodecs: false, mse: false, nativeHls: false }, { sound: false, lowestDelay: true })).toEqual(['mjpeg']);
  });
  it('can be told', () => {
    expect(pathsFor(all, { sound: false, lowestDelay: true, only: 'mjpeg' })).toEqual(['mjpeg']);
  });
  it('reads codecs from a MIME type', () => {
    expect(codecList('video/mp4; codecs="avc1.42c01f, opus"')).toEqual(['avc1.42c01f', 'opus']);
    expect(codecList('video/mp4')).toEqual([]);
  });
});

describe('a multipart stream of pictures', () => {
  const part = (bytes: number[]) => [
    ...new TextEncoder().encode(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${bytes.length}\r\n\r\n`),
    ...bytes,
    13,
    10,
  ];
  const stream = new Uint8Array([...part([255, 216, 1]), ...part([255, 216, 13, 10, 13, 10, 2])]);

  it('is taken apart wherever the network cut it', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const pictures = new MultipartPictures();
      const found = [...pictures.push(stream.slice(0, cut)), ...pictures.push(stream.slice(cut))];
      expect(found.map((one) => [...one])).toEqual([
        [255, 216, 1],
        [255, 216, 13, 10, 13, 10, 2],
      ]);
    }
  });

  it('without lengths is refused, and so is an endless header', () => {
    expect(() => new MultipartPictures().push(new TextEncoder().encode('--frame\r\nA: b\r\n\r\n'))).toThrow();
    expect(() => new MultipartPictures().push(new Uint8Array(5000))).toThrow();
    expect(() => new MultipartPictures().push(new TextEncoder().encode('--f\r\nContent-Length: 999999999\r\n\r\n'))).toThrow();
  });
});
