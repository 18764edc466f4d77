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
