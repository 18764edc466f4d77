/**
 * The household that this tab looks at, when one belongs to several. Kept with the tab, so that two tabs can show two homes; without a
 * choice the server takes the first.
 */
const KEY = 'vigil.household';

export const household = {
  get: (): string | null => {
    try {
      return sessionStorage.getItem(KEY);
    } catch {
      return null;
    }
  },
  choose: (id: number): void => {
    try {
      sessionStorage.setItem(KEY, String(id));
    } catch {
      // A browser that keeps nothing stays with the first household.
    }
  },
  forget: (): void => {
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // Nothing was kept.
    }
  },
  /** For what cannot send headers: sockets, pictures, players. */
  into: (address: string, other?: number): string => {
    const id = other === undefined ? household.get() : String(other);
    return id === null ? address : `${address}${address.includes('?') ? '&' : '?'}household=${encodeURIComponent(id)}`;
  },
};
