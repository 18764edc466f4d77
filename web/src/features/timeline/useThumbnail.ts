import { useEffect, useRef, useState } from 'react';

/**
 * The newest small picture that has come, for an address that changes with every move of a finger: one is fetched at a time, and what was
 * asked for meanwhile and is old already is never fetched. Without a picture at a place, none is shown.
 */
export function useThumbnail(address: string | null): string | null {
  const [shown, setShown] = useState<string | null>(null);
  const busy = useRef(false);
  const wanted = useRef(address);
  wanted.current = address;

  useEffect(() => {
    if (address === null) {
      setShown(null);
      return;
    }
    const fetchOne = (one: string) => {
      busy.current = true;
      const image = new Image();
      const done = (found: boolean) => {
        busy.current = false;
        if (wanted.current === null) return;
        if (found) setShown(one);
        else if (wanted.current === one) setShown(null);
        if (wanted.current !== one) fetchOne(wanted.current);
      };
      image.onload = () => done(true);
      image.onerror = () => done(false);
      image.src = one;
    };
    if (!busy.current) fetchOne(address);
  }, [address]);
  return shown;
}
