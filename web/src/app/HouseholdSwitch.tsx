import { Button, NativeSelect } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { household } from '../api/household';
import { useMe } from '../api/queries';
import { homeLost } from '../api/session';
import css from './shell.module.css';

/** Which home this tab looks at; only for who belongs to several. */
export function HouseholdSwitch() {
  const me = useMe().data;
  const lost = useSyncExternalStore(homeLost.subscribe, homeLost.get);
  if (me && lost) {
    return (
      <div className={css.moved} role="alert">
        <span>You no longer belong to the household shown here before, and its alarms do not reach you. This is {me.household.name}.</span>
        <Button variant="default" onClick={() => homeLost.set(false)}>
          OK
        </Button>
      </div>
    );
  }
  if (!me || me.households.length < 2) return null;
  return (
    <div className={css.home}>
      <NativeSelect
        aria-label="Household"
        value={String(me.household.id)}
        data={me.households.map(({ id, name }) => ({ value: String(id), label: name }))}
        onChange={(event) => {
          household.choose(Number(event.currentTarget.value));
          // Cameras, sockets and alerts are all another home's: begin anew.
          window.location.assign('/app/');
        }}
      />
    </div>
  );
}
