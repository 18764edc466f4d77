/** What this device keeps so that it can be a camera again after a reload or a flat battery. */
export type RoomKey = { key: string; cameraId: number; cameraName: string; householdName: string };
export type RoomMemory = RoomKey & { choice?: Choice; running?: boolean };

/** Which lens and microphone. Without an identity the lens is chosen by where it looks. */
export type Choice = { facing: 'environment' | 'user'; camera?: string; microphone?: string };

export const firstChoice: Choice = { facing: 'environment' };

type Keep = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
const PLACE = 'vigil.room';

/** Remembers for one browser; a browser that keeps nothing still sends until it is closed. */
export class RoomStore {
  private readonly keep: Keep | null;
  private memory: RoomMemory | null;

  constructor(keep: Keep | null = browserKeep()) {
    this.keep = keep;
    this.memory = this.read();
  }

  get current(): RoomMemory | null {
    return this.memory;
  }

  put(memory: RoomMemory): void {
    this.memory = memory;
    try {
      this.keep?.setItem(PLACE, JSON.stringify(memory));
    } catch {
      // Private windows may refuse.
    }
  }

  change(part: Partial<RoomMemory>): void {
    if (this.memory) this.put({ ...this.memory, ...part });
  }

  forget(): void {
    this.memory = null;
    try {
      this.keep?.removeItem(PLACE);
    } catch {
      // As above.
    }
  }

  private read(): RoomMemory | null {
    try {
      const memory = JSON.parse(this.keep?.getItem(PLACE) ?? 'null') as RoomMemory | null;
      return memory && typeof memory.key === 'string' && Number.isInteger(memory.cameraId) ? memory : null;
    } catch {
      return null;
    }
  }
}

function browserKeep(): Keep | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** The code of "#pair=CODE", however it was written down. */
export function pairingCode(text: string): string | null {
  const written = /(?:^|[#&])pair=([^&]*)/.exec(text)?.[1] ?? (/[#=/]/.test(text) ? '' : text);
  let code = written;
  try {
    code = decodeURIComponent(written);
  } catch {
    // Then as it stands.
  }
  code = code.trim();
  return /^[A-Za-z0-9_-]{4,128}$/.test(code) ? code : null;
}

/** Takes the code out of the address bar: what stays there ends up in histories and screenshots. */
export function takePairingCode(place: Pick<Location, 'hash' | 'pathname' | 'search'>, past: Pick<History, 'replaceState' | 'state'>) {
  const code = pairingCode(place.hash);
  if (/[#&]pair=/.test(place.hash)) past.replaceState(past.state, '', place.pathname + place.search);
  return code;
}
