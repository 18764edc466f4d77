import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import type { Me, Place } from '../../api/types';
import { allZones } from '../../lib/time';
import { placeWords } from '../../lib/words';
import { Page, Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/States';
import { AddMember } from './AddMember';
import css from './family.module.css';

/** `footage` is how much room the household's recordings have: another feature's part, put in by the table of routes. */
export function HouseholdPage({ footage }: { footage?: ReactNode }) {
  const me = useMe();
  if (!me.data) return <Loading what="Opening the household" />;
  const owner = me.data.household.place === 'owner';
  return (
    <Page title="Household" narrow>
      <NamePanel me={me.data} owner={owner} />
      {!me.data.household.isOutsider && <MembersPanel me={me.data} owner={owner} />}
      {owner && <AddMember />}
      {footage}
    </Page>
  );
}

function NamePanel({ me, owner }: { me: Me; owner: boolean }) {
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: calls.changeHousehold,
    onSuccess: () => void queries.invalidateQueries({ queryKey: keys.me, exact: true }),
  });
  if (!owner) {
    return (
      <Panel title={me.household.name}>
        <p style={{ margin: 0 }}>
          Time zone {me.household.timeZone}.{' '}
          {me.household.isOutsider
            ? 'Somebody here shares cameras with you.'
            : `You are here as ${placeWords[me.household.place].toLowerCase()}.`}
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="Name and time">
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          saving.mutate({ name: String(form.get('name') ?? '').trim(), timeZone: String(form.get('timeZone') ?? '') });
        }}
      >
        <TextInput name="name" label="Name" required defaultValue={me.household.name} />
        <NativeSelect
          name="timeZone"
          label="Time zone"
          defaultValue={me.household.timeZone}
          data={[...new Set([me.household.timeZone, ...allZones()])]}
        />
        {saving.isError && <Note tone="bad">{wordsOf(saving.error)}</Note>}
        {saving.isSuccess && <Note tone="good">Saved.</Note>}
        <Button type="submit" loading={saving.isPending}>
          Save
        </Button>
      </form>
    </Panel>
  );
}

function MembersPanel({ me, owner }: { me: Me; owner: boolean }) {
  const queries = useQueryClient();
  const members = useQuery({ queryKey: keys.members, queryFn: calls.members });
  const again = () => void queries.invalidateQueries({ queryKey: keys.members });
  const moving = useMutation({
    mutationFn: ({ id, place }: { id: number; place: Place }) => calls.changeMember(id, place),
    onSettled: again,
  });
  const removing = useMutation({ mutationFn: calls.removeMember, onSettled: again });
  if (members.isPending) return <Loading what="Reading the members" />;
  if (!members.data)
    return <Failed title="The members could not be read" words={wordsOf(members.error)} retry={() => void members.refetch()} />;
  const failure = moving.error ?? removing.error;
  return (
    <Panel title="Members" hint="Owner and parents see and hear every camera of this household. Guests see only what is shared with them.">
      {failure && <Note tone="bad">Not changed. {wordsOf(failure)}</Note>}
      <ul className={css.list}>
        {members.data.map((member) => {
          const self = member.accountId === me.account.id;
          const name = member.name || member.email || member.username;
          return (
            <li key={member.accountId}>
              <div className={css.grow}>
                <strong>
                  {name}
                  {self && ' (you)'}
                </strong>
                <span>{member.email}</span>
              </div>
              {owner && !self ? (
                <>
                  <NativeSelect
                    aria-label={`Place of ${name}`}
                    value={member.place}
                    onChange={(event) => moving.mutate({ id: member.accountId, place: event.currentTarget.value as Place })}
                    data={(Object.keys(placeWords) as Place[]).map((value) => ({ value, label: placeWords[value] }))}
                  />
                  <Button
                    variant="default"
                    aria-label={`Remove ${name}`}
                    onClick={() => window.confirm(`Remove ${name} from this household?`) && removing.mutate(member.accountId)}
                  >
                    Remove
                  </Button>
                </>
              ) : (
                <span className={css.place}>{placeWords[member.place]}</span>
              )}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
