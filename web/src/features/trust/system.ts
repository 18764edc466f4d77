export const systems = ['android', 'ios', 'windows', 'macos', 'linux'] as const;
export type System = (typeof systems)[number];

export const systemNames: Record<System, string> = {
  android: 'Android',
  ios: 'iPhone, iPad',
  windows: 'Windows',
  macos: 'Mac',
  linux: 'Linux',
};

/** An iPad says that it is a Mac; only its screen can be touched. */
export function systemOf(userAgent: string, touchPoints: number): System {
  if (/android/i.test(userAgent)) return 'android';
  if (/iphone|ipad|ipod/i.test(userAgent)) return 'ios';
  if (/windows/i.test(userAgent)) return 'windows';
  if (/macintosh|mac os/i.test(userAgent)) return touchPoints > 1 ? 'ios' : 'macos';
  return 'linux';
}

/** Whether the certificate is good for the address of this page; names in it are lower-case, addresses without brackets. */
export const covers = (names: readonly string[], host: string): boolean => names.includes(host.toLowerCase().replace(/^\[|\]$/g, ''));

/** The name for a bookmark: it stays when the router gives out another address. */
export const lastingName = (names: readonly string[]): string | undefined => names.find((name) => name.endsWith('.local')) ?? names[0];
