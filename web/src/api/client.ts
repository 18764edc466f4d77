import createClient from 'openapi-fetch';
import type { paths } from './generated/schema';
import { household } from './household';
import { noAnswer, problemFrom } from './problems';

const HOUSEHOLD = 'X-Vigil-Household';

/** For a question about another home than the one this tab shows. */
export const inHousehold = (id: number | undefined) => (id === undefined ? {} : { headers: { [HOUSEHOLD]: String(id) } });

/** The API, typed by the server's own description of it. The sign-in travels as a cookie. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  fetch: (request) => {
    const chosen = household.get();
    // A question about another home names it itself.
    if (chosen !== null && !request.headers.has(HOUSEHOLD)) request.headers.set(HOUSEHOLD, chosen);
    return globalThis.fetch(request);
  },
});

type Answer = { data?: unknown; error?: unknown; response: Response };

/** What was asked for, or a Problem thrown in words that may be shown. */
export async function answerOf<A extends Answer>(asking: Promise<A>): Promise<NonNullable<A['data']>> {
  let answer: A;
  try {
    answer = await asking;
  } catch {
    throw noAnswer();
  }
  if (!answer.response.ok) throw problemFrom(answer.response.status, answer.error);
  return answer.data as NonNullable<A['data']>;
}
