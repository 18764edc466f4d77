import { concat } from './onlyVideo';

const HEADER_END = [13, 10, 13, 10];
const MAX_HEADER = 4096;
const MAX_PICTURE = 8 * 1024 * 1024;

/**
 * Takes a multipart/x-mixed-replace body apart. Reading it ourselves, instead of pointing an <img> at it, is what lets the page
 * know when pictures stop.
 */
export class MultipartPictures {
  private waiting: Uint8Array = new Uint8Array(0);

  /** The whole pictures that the new bytes completed. Throws when the body is not what it should be. */
  push(bytes: Uint8Array): Uint8Array[] {
    this.waiting = this.waiting.length === 0 ? bytes : concat([this.waiting, bytes]);
    const pictures: Uint8Array[] = [];
    for (;;) {
      const headerEnd = indexOf(this.waiting, HEADER_END);
      if (headerEnd < 0) {
        if (this.waiting.length > MAX_HEADER) throw new Error('no part header');
        return pictures;
      }
      const header = new TextDecoder('latin1').decode(this.waiting.subarray(0, headerEnd));
      const length = Number(/content-length:\s*(\d+)/i.exec(header)?.[1] ?? Number.NaN);
      if (!(length >= 0 && length <= MAX_PICTURE)) throw new Error('no part length');
      const start = headerEnd + HEADER_END.length;
      if (this.waiting.length < start + length) return pictures;
      pictures.push(this.waiting.slice(start, start + length));
      this.waiting = this.waiting.slice(start + length);
    }
  }
}

function indexOf(bytes: Uint8Array, wanted: readonly number[]): number {
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((value, index) => bytes[at + index] === value)) return at;
  }
  return -1;
}
