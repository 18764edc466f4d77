import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { keys } from '../api/keys';
import { isStatus, Problem } from '../api/problems';
import { sessionEnd } from '../api/session';

export function makeQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error) => noticeSignOut(client, error) }),
    mutationCache: new MutationCache({
      // A 401 may also mean "that password is wrong": ask who we are before saying that the session is over.
      onError: (error) => {
        if (isStatus(error, 401) && client.getQueryData(keys.me)) void client.invalidateQueries({ queryKey: keys.me, exact: true });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // "Offline" means no internet; Vigil is on the home network and may well be there.
        networkMode: 'always',
        retry: (count, error) => count < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
        retryDelay: (count) => 500 * 2 ** count,
      },
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}

/** Somebody who was signed in is told so when the server no longer knows them. */
function noticeSignOut(client: QueryClient, error: unknown): void {
  if (isStatus(error, 401) && client.getQueryData(keys.me)) sessionEnd.set();
}
