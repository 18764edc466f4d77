import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { calls } from './calls';
import { keys } from './keys';

// Reads that more than one feature needs. What only one feature reads stays with that feature.

export function useSetup() {
  return useQuery({ queryKey: keys.setup, queryFn: calls.setup });
}

export function useMe() {
  return useQuery({ queryKey: keys.me, queryFn: calls.me });
}

/** Where a browser was signed in before, it asks who it is at once; a first visitor is not asked for a sign-in that cannot exist. */
export function useMeAtTheDoor() {
  const known = wasSignedIn();
  const setup = useQuery({ queryKey: keys.setup, queryFn: calls.setup, enabled: !known });
  const me = useQuery({ queryKey: keys.me, queryFn: calls.me, enabled: known || setup.isError || setup.data?.needsOwner === false });
  return { me, needsOwner: !known && setup.data?.needsOwner === true };
}

const SIGNED_IN = 'vigil.signedIn';

function wasSignedIn(): boolean {
  try {
    return localStorage.getItem(SIGNED_IN) !== null;
  } catch {
    return false;
  }
}

export function rememberSignedIn(yes: boolean): void {
  try {
    if (yes) localStorage.setItem(SIGNED_IN, 'yes');
    else localStorage.removeItem(SIGNED_IN);
  } catch {
    // A browser that keeps nothing asks once more; nothing else depends on it.
  }
}

export function useCameras() {
  return useQuery({ queryKey: keys.cameras, queryFn: calls.cameras });
}

export function useCamera(id: number) {
  const cameras = useCameras();
  return { ...cameras, camera: cameras.data?.find((camera) => camera.id === id) };
}

export function useEvents(filter: { camera?: number; kind?: string }, limit = 30) {
  return useInfiniteQuery({
    queryKey: keys.eventList(filter),
    queryFn: ({ pageParam }) => calls.events({ ...filter, limit, ...(pageParam ? { before: pageParam } : {}) }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
}
