import type { Camera, Ingest, TestResult, Vendor } from '../../api/types';

/** What the add and settings pages edit. Empty text means "none". */
export type Source = {
  address: string;
  subAddress: string;
  audioAddress: string;
  username: string;
  password: string;
  ingest: Ingest;
  onvifPort: string;
};

export const emptySource: Source = {
  address: '',
  subAddress: '',
  audioAddress: '',
  username: '',
  password: '',
  ingest: 'auto',
  onvifPort: '',
};

export function sourceOf(camera: Camera): Source {
  return {
    address: camera.address,
    subAddress: camera.subAddress ?? '',
    audioAddress: camera.audioAddress ?? '',
    username: camera.username ?? '',
    password: '',
    ingest: camera.ingest,
    onvifPort: String(camera.onvifPort ?? ''),
  };
}

/** For the server: an empty text and port 0 clear a field, and a password goes along only when one was typed. */
export function bodyOf(source: Source) {
  return {
    address: source.address.trim(),
    subAddress: source.subAddress.trim(),
    audioAddress: source.audioAddress.trim(),
    username: source.username.trim(),
    ingest: source.ingest,
    onvifPort: Number(source.onvifPort) || 0,
    ...(source.password ? { password: source.password } : {}),
  };
}

/**
 * People paste addresses with the password inside ("rtsp://me:secret@camera/…"). The secret goes to its own field at once, so
 * that it is neither shown nor kept in the address.
 */
export function splitCredentials(source: Source): Source {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@(.*)$/i.exec(source.address.trim());
  if (!match) return source;
  const [, scheme = '', user = '', rest = ''] = match;
  const colon = user.indexOf(':');
  return {
    ...source,
    address: `${scheme}${rest}`,
    username: decode(colon < 0 ? user : user.slice(0, colon)),
    password: colon < 0 ? source.password : decode(user.slice(colon + 1)),
  };
}

/** A word about the places in addresses that the server put where something secret was. */
export function hiddenParts({ address, subAddress, audioAddress }: Source): string | undefined {
  const places = [...new Set(`${address} ${subAddress} ${audioAddress}`.match(/\{(?:password|secret\d+)\}/g))];
  return places.length === 0 ? undefined : `${places.join(' and ')}: hidden, and kept as long as the camera stays at this address.`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An address pattern of a vendor with the reader's values: "{host}", "{port}", "{channel}". */
export function fillPattern(pattern: string, host: string, port: number, channel: number): string {
  return pattern.replaceAll('{host}', host.trim()).replaceAll('{port}', String(port)).replaceAll('{channel}', String(channel));
}

export function findModel(vendors: readonly Vendor[], make: string, model: string): Vendor['models'][number] | undefined {
  const models = vendors.find((vendor) => vendor.make === make)?.models;
  return models?.find((one) => one.model === model) ?? models?.[0];
}

/** May this be saved without fixing it first? A camera that does not answer yet may be; one that cannot ever work may not. */
export function worthSaving(result: TestResult): boolean {
  return result.success || result.failure === 'noAnswer' || result.failure === 'nameNotFound' || result.failure === 'stalled';
}
