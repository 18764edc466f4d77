import { useEffect } from 'react';
import { NavLink, Outlet, useLocation, useNavigationType } from 'react-router';
import { useMe } from '../api/queries';
import { AlertSheet } from '../features/alerts/AlertSheet';
import { SoundBanner } from '../features/alerts/SoundBanner';
import { LinkBanner } from '../features/watchdog/LinkBanner';
import { Icon, type IconName } from '../ui/Icon';
import { ErrorBoundary } from './ErrorBoundary';
import { HouseholdSwitch } from './HouseholdSwitch';
import css from './shell.module.css';

/** Every signed-in page: what must be noticed on top, the page, and where else one can go. */
export function Shell() {
  const role = useMe().data?.account.role;
  const { pathname } = useLocation();
  const arrived = useNavigationType();
  // A new page begins at its top; going back returns to where one was.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change of page that scrolls.
  useEffect(() => {
    if (arrived !== 'POP') window.scrollTo(0, 0);
  }, [pathname, arrived]);
  const administers = role === 'admin' || role === 'superadmin';
  return (
    <div className={css.shell}>
      <a href="#content" className={css.skip}>
        To the content
      </a>
      <div className={css.top}>
        <LinkBanner />
        <SoundBanner />
        <AlertSheet />
      </div>
      <nav className={css.nav} aria-label="Main">
        <NavLink to="/app/" end className={css.brand}>
          <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="30" height="30" />
          <span>Vigil</span>
        </NavLink>
        <Item to="/app/" icon="cameras" label="Cameras" end={!pathname.startsWith('/app/cameras')} />
        <Item to="/app/events" icon="events" label="Events" />
        <Item to="/app/recordings" icon="film" label="Recordings" />
        <Item to="/app/health" icon="pulse" label="Health" />
        <Item to="/app/household" icon="household" label="Household" />
        {administers && <Item to="/app/server" icon="wrench" label="Server" />}
        <Item to="/app/you" icon="person" label="You" />
      </nav>
      <HouseholdSwitch />
      <main id="content" className={css.main} tabIndex={-1}>
        <ErrorBoundary key={pathname}>
          <Outlet />
        </ErrorBoundary>
      </main>
    </div>
  );
}

function Item({ to, icon, label, end = false }: { to: string; icon: IconName; label: string; end?: boolean }) {
  return (
    <NavLink to={to} end={end} className={css.item}>
      <Icon name={icon} />
      <span>{label}</span>
    </NavLink>
  );
}
