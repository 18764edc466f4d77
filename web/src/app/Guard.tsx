import { useSyncExternalStore } from 'react';
import { Navigate, useLocation } from 'react-router';
import { LiveProvider } from '../api/LiveProvider';
import { isStatus, wordsOf } from '../api/problems';
import { useMe, useSetup } from '../api/queries';
import { sessionEnd } from '../api/session';
import { SessionEndedPage } from '../features/watchdog/SessionEndedPage';
import { Failed, Loading } from '../ui/States';
import { Shell } from './Shell';

/** Decides who stands at the door: a first visitor, a stranger, somebody signed in, or somebody who was. */
export function Guard() {
  const me = useMe();
  const setup = useSetup();
  const ended = useSyncExternalStore(sessionEnd.subscribe, sessionEnd.get);
  const { pathname, search } = useLocation();
  const signIn = `/app/sign-in?to=${encodeURIComponent(pathname + search)}`;

  if (ended) return <SessionEndedPage reason={ended.reason} signIn={() => window.location.assign(signIn)} />;
  if (me.data) {
    return (
      <LiveProvider key={me.data.account.id}>
        <Shell />
      </LiveProvider>
    );
  }
  if (isStatus(me.error, 401)) {
    if (setup.isPending) return <Loading what="One moment" />;
    if (setup.data?.needsOwner) return <Navigate to="/app/welcome" replace />;
    return <Navigate to={signIn} replace />;
  }
  if (me.isError) return <Failed title="Vigil cannot be opened now" words={wordsOf(me.error)} retry={() => void me.refetch()} />;
  return <Loading what="Opening Vigil" />;
}
