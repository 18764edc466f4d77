import { useQuery } from '@tanstack/react-query';

/**
 * Whether this device accepts the server's certificate: a request to https either arrives or does not. The answer itself is another
 * origin's and stays closed; that it came is all one needs. Asked again and again, for whoever comes back from the phone's settings.
 */
export function useTrustCheck(secureOrigin: string | null) {
  return useQuery({
    queryKey: ['trust', 'check', secureOrigin],
    queryFn: async () => {
      const patience = AbortSignal.timeout(8000);
      try {
        await fetch(`${secureOrigin}/trust/check`, { mode: 'no-cors', cache: 'no-store', credentials: 'omit', signal: patience });
        return true;
      } catch {
        return false;
      }
    },
    enabled: secureOrigin !== null,
    refetchInterval: (query) => (query.state.data ? false : 5000),
    refetchOnWindowFocus: true,
    retry: false,
  });
}
