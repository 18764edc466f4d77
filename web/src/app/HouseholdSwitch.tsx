import { NativeSelect } from '@mantine/core';
import { household } from '../api/household';
import { useMe } from '../api/queries';
import css from './shell.module.css';

/** Which home this tab looks at; only for who belongs to several. */
export function HouseholdSwitch() {
  const me = useMe().data;
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
