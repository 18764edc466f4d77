import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Alert, AlertBook, type OtherHome } from '../lib/alertBook';
import { type LevelName, LevelStore } from '../lib/levels';
import { type LinkState, type LiveMessage, LiveSocket } from '../lib/liveSocket';
import { SoundGate } from '../lib/sound';
import { openBrowserSocket, socketAddress } from '../lib/timers';
import { catchUpAll } from './catchUp';
import { household } from './household';
import { keys } from './keys';
import { LiveContext } from './live';
import { homeLost, sessionEnd } from './session';
import type { Camera, CameraEvent, CameraStatus, Me, RoomPhone } from './types';

const sound = new SoundGate();

/** Opens the page's one live socket and deals out what arrives: states and events into the query cache, levels into their store. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [link, setLink] = useState<LinkState>('connecting');
  const [databaseAvailable, setDatabaseAvailable] = useState(true);
  const [alerts, setAlerts] = useState<readonly Alert[]>([]);
  const levels = useMemo(() => new LevelStore(), []);
  const book = useMemo(() => new AlertBook(), []);
  const linkNumber = useRef(0);
  const [socket] = useState(
    () =>
      new LiveSocket(
        '/ws/live',
        {
          onState: (state, reason) => {
            setLink(state);
            linkNumber.current++;
            if (state !== 'open') levels.clear();
            if (state === 'ended' && reason === 'putOut') moveHome(queries);
            else if (state === 'ended') sessionEnd.set(reason);
            // A refused socket gives no reason; asking who we are does.
            if (state === 'lost') void queries.invalidateQueries({ queryKey: keys.me, exact: true });
          },
          onMessage: (message) => deal(message),
          onClock: () => catchUp(),
        },
        // Asked for each time: one may have been taken out of the household of this tab.
        (path) => openBrowserSocket(socketAddress(household.into(path))),
      ),
  );

  function catchUp() {
    if (socket.clock.offsetMs === null) return; // History would pass for news; it is asked for as soon as the server's time is known.
    const number = ++linkNumber.current;
    void catchUpAll(queries, {
      take,
      standing: (home) => book.standing.filter((alert) => alert.home?.id === home?.id).map((alert) => alert.event.id),
      drop: (id) => {
        book.drop(id);
        setAlerts(book.standing);
      },
      wanted: () => linkNumber.current === number,
    });
  }

  function take(event: CameraEvent, home?: OtherHome) {
    const { offsetMs } = socket.clock;
    // Told before the server's time is known: it is told now, so it is fresh.
    const serverNow = offsetMs === null ? Date.parse(event.startedAt) : Date.now() + offsetMs;
    if (book.apply(event, serverNow, performance.now(), home)) setAlerts(book.standing);
  }

  function deal(message: LiveMessage) {
    switch (message.type) {
      case 'hello': {
        const me = queries.getQueryData<Me>(keys.me);
        // Put out while the connection was away: the server has chosen another home.
        if (me && message.householdId !== me.household.id) moveHome(queries);
        break;
      }
      case 'level': {
        const { cameraId, peak, level } = message as { cameraId: number; peak: number; level: LevelName } & LiveMessage;
        levels.set(cameraId, { peak, level, receivedAt: performance.now() });
        break;
      }
      case 'camera': {
        const status = message.status as CameraStatus;
        const before = queries.getQueryState<Camera[]>(keys.cameras);
        queries.setQueryData<Camera[]>(keys.cameras, (cameras) =>
          cameras?.map((camera) => (camera.id === status.cameraId ? { ...camera, status, paused: status.state === 'paused' } : camera)),
        );
        // Writing into the list makes it count as fresh. What was to be read again still is, and so is a list without this camera.
        if (before?.isInvalidated || !before?.data?.some((camera) => camera.id === status.cameraId)) {
          void queries.invalidateQueries({ queryKey: keys.cameras });
        }
        break;
      }
      case 'room': {
        const { cameraId, room } = message as { cameraId: number; room: RoomPhone | null } & LiveMessage;
        const before = queries.getQueryData<Camera[]>(keys.cameras)?.find((camera) => camera.id === cameraId)?.room;
        queries.setQueryData<Camera[]>(keys.cameras, (cameras) =>
          cameras?.map((camera) => (camera.id === cameraId ? { ...camera, room } : camera)),
        );
        // Reports come every few seconds; the list of devices changes when one comes or goes.
        if (before?.online !== room?.online || before?.waiting !== room?.waiting) {
          void queries.invalidateQueries({ queryKey: keys.devices });
        }
        break;
      }
      case 'cameras':
        void queries.invalidateQueries({ queryKey: keys.cameras });
        void queries.invalidateQueries({ queryKey: keys.events }); // What one may see of them may have changed with a window.
        break;
      case 'event': {
        const event = message.event as CameraEvent;
        const home = message.household as OtherHome | undefined;
        take(event, home);
        if (home) break; // It rings here; the lists on this page are those of the home that it shows.
        queries.setQueryData(keys.event(event.id), event);
        void queries.invalidateQueries({ queryKey: [...keys.events, 'list'] });
        break;
      }
      case 'database': {
        const available = message.available === true;
        setDatabaseAvailable(available);
        if (available) {
          void queries.invalidateQueries();
          catchUp(); // What another server wrote down meanwhile was not told here.
        }
        break;
      }
    }
  }

  useEffect(() => {
    socket.start();
    const nudge = () => {
      if (!document.hidden) socket.nudge();
    };
    window.addEventListener('online', nudge);
    document.addEventListener('visibilitychange', nudge);
    return () => {
      window.removeEventListener('online', nudge);
      document.removeEventListener('visibilitychange', nudge);
      linkNumber.current++;
      socket.stop();
    };
  }, [socket]);

  useEffect(() => {
    sound.look();
    const unlock = () => void sound.unlock();
    window.addEventListener('pointerup', unlock);
    window.addEventListener('keydown', unlock);
    return () => {
      window.removeEventListener('pointerup', unlock);
      window.removeEventListener('keydown', unlock);
    };
  }, []);

  const answer = useCallback(
    (eventId: string) => {
      book.answer(eventId);
      setAlerts(book.standing);
    },
    [book],
  );

  const live = useMemo(
    () => ({ link, databaseAvailable, clock: socket.clock, levels, alerts, answer, sound }),
    [link, databaseAvailable, socket, levels, alerts, answer],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** Put out of the household that this page showed, but still signed in: everything begins anew with another one. */
function moveHome(queries: QueryClient): void {
  household.forget();
  homeLost.set(true);
  void queries.resetQueries();
}
