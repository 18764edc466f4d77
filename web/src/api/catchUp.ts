import type { QueryClient } from '@tanstack/react-query';
import type { OtherHome } from '../lib/alertBook';
import { Backoff } from '../lib/backoff';
import { calls } from './calls';
import { keys } from './keys';
import { isStatus } from './problems';
import type { CameraEvent, Me } from './types';

type Desk = {
  take: (event: CameraEvent, home?: OtherHome) => void;
  /** The alarms of a home that stand on this page. */
  standing: (home?: OtherHome) => string[];
  drop: (id: string) => void;
  /** False as soon as a newer connection does the same. */
  wanted: () => boolean;
};

/** After every (re)connection: whatever happened while nobody listened. */
export async function catchUpAll(queries: QueryClient, desk: Desk): Promise<void> {
  void queries.invalidateQueries({ queryKey: keys.cameras });
  void queries.invalidateQueries({ queryKey: keys.events });
  const me = queries.getQueryData<Me>(keys.me);
  const elsewhere = me?.households.filter(({ id }) => id !== me.household.id) ?? [];
  await Promise.all([undefined, ...elsewhere].map((home) => catchUpWith(home, desk)));
}

/** Asked until it is answered, for as long as this link stands: one lost request must not cost an alarm. */
async function catchUpWith(home: OtherHome | undefined, desk: Desk): Promise<void> {
  const backoff = new Backoff(500, 10_000);
  while (desk.wanted()) {
    const before = desk.standing(home);
    try {
      const { events } = await calls.events({ unanswered: true, limit: 100 }, home?.id);
      if (!desk.wanted()) return;
      for (const event of [...events].reverse()) desk.take(event, home);
      // Answered elsewhere meanwhile, by all appearances: but an alarm is only taken down by what is said of it.
      const unlisted = before.filter((id) => !events.some((event) => event.id === id));
      for (const id of unlisted) await look(id, home, desk);
      return;
    } catch (error) {
      if (isRefused(error)) return; // Asking again changes nothing.
      await new Promise((resume) => setTimeout(resume, backoff.next()));
    }
  }
}

async function look(id: string, home: OtherHome | undefined, desk: Desk): Promise<void> {
  try {
    desk.take(await calls.event(id, home?.id), home);
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
    desk.drop(id); // Its camera was removed, or is no longer shared.
  }
}

const isRefused = (error: unknown) => isStatus(error, 401) || isStatus(error, 403);
