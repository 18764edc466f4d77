import { useEffect, useSyncExternalStore } from 'react';
import { Navigate, useLocation } from 'react-router';
import { LiveProvider } from '../api/LiveProvider';
import { isStatus, wordsOf } from '../api/problems';
import { rememberSignedIn, useMeAtTheDoor } from '../api/queries';
import { sessionEnd } from '../api/session';
import { SessionEndedPage } from '../features/watchdog/SessionEndedPage';
import { Failed, Loading } from '../ui/States';
import { Shell } from './Shell';

/** Decides who stands at the door: a first visitor, a stranger, somebody signed in, or somebody who was. */
export function Guard() {
  const { me, needsOwner } = useMeAtTheDoor();
  const signedIn = me.data !== undefined ? true : isStatus(me.error, 401) ? false : null;
  useEffect(() => {
    if (signedIn !== null) rememberSignedIn(signedIn);
  }, [signedIn]);
  const ended = useSyncExternalStore(sessionEnd.subscribe, sessionEnd.get);
  const { pathname, search, hash } = useLocation();
  // A pairing code comes behind the #, where no server logs it: it stays there.
  const signIn = `/app/sign-in?to=${encodeURIComponent(pathname + search)}${hash}`;

  if (ended) return <SessionEndedPage reason={ended.reason} signIn={() => window.location.assign(signIn)} />;
  if (me.data) {
    return (
      <LiveProvider key={`${me.data.account.id} ${me.data.household.id}`}>
        <Shell />
      </LiveProvider>
    );
  }
  if (needsOwner) return <Navigate to="/app/welcome" replace />;
  // The sign-in page sends on to the welcome if this is another, new server.
  if (isStatus(me.error, 401)) return <Navigate to={signIn} replace />;
  if (me.isError) return <Failed title="Vigil cannot be opened now" words={wordsOf(me.error)} retry={() => void me.refetch()} />;
  return <Loading what="Opening Vigil" />;
}
