import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { Link } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import { sessionEnd } from '../../api/session';
import { placeWords, roleWords } from '../../lib/words';
import { Icon } from '../../ui/Icon';
import { Page, Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './door.module.css';
import { fieldErrors, fieldsOf, usePasswordCheck } from './forms';
import { SessionList } from './SessionList';

export function AccountPage() {
  const me = useMe().data;
  const leaving = useMutation({
    mutationFn: () => {
      sessionEnd.leave();
      return calls.signOut();
    },
    onSettled: () => window.location.assign('/app/sign-in'),
  });
  return (
    <Page
      title="You"
      narrow
      actions={
        <Button variant="default" leftSection={<Icon name="out" />} loading={leaving.isPending} onClick={() => leaving.mutate()}>
          Sign out
        </Button>
      }
    >
      {me && (
        <Panel title={me.account.name || me.account.username}>
          <p style={{ margin: 0 }}>
            {me.account.email}
            <br />
            {placeWords[me.household.place]} of {me.household.name} · {roleWords[me.account.role]}
          </p>
        </Panel>
      )}
      <Panel title="This device">
        <p style={{ margin: 0 }}>
          {window.isSecureContext
            ? 'The connection is safe: camera, microphone and messages can be used.'
            : 'The connection is not encrypted: this browser keeps camera, microphone and messages from Vigil.'}{' '}
          <Link to="/app/trust">How devices trust this server</Link>
        </p>
      </Panel>
      <PasswordPanel />
      <SessionsPanel />
    </Page>
  );
}

function PasswordPanel() {
  const form = useRef<HTMLFormElement>(null);
  const check = usePasswordCheck();
  const changing = useMutation({
    mutationFn: ({ old, next }: { old: string; next: string }) => calls.changePassword(old, next),
    onSuccess: () => form.current?.reset(),
  });
  const errors = fieldErrors(changing.error);
  return (
    <Panel title="Password">
      <form
        ref={form}
        className={css.form}
        onSubmit={(event) => {
          const { oldPassword = '', newPassword = '' } = fieldsOf(event);
          if (check.check(newPassword)) changing.mutate({ old: oldPassword, next: newPassword });
        }}
      >
        <PasswordInput name="oldPassword" label="Password now" required autoComplete="current-password" error={errors.of('oldPassword')} />
        <PasswordInput
          name="newPassword"
          label="New password"
          required
          autoComplete="new-password"
          error={check.error ?? errors.of('newPassword')}
        />
        {errors.rest && <Note tone="bad">{errors.rest}</Note>}
        {changing.isSuccess && <Note tone="good">Changed.</Note>}
        <Button type="submit" loading={changing.isPending}>
          Change password
        </Button>
      </form>
    </Panel>
  );
}

function SessionsPanel() {
  const queries = useQueryClient();
  const sessions = useQuery({ queryKey: keys.mySessions, queryFn: calls.sessions });
  const ending = useMutation({
    mutationFn: calls.endSession,
    onSettled: () => void queries.invalidateQueries({ queryKey: keys.mySessions }),
  });
  return (
    <Panel title="Signed in on" hint="End what you do not know. That device then says loudly that it is signed out.">
      {sessions.isError && <Note tone="bad">{wordsOf(sessions.error)}</Note>}
      {ending.isError && <Note tone="bad">{wordsOf(ending.error)}</Note>}
      <SessionList sessions={sessions.data ?? []} end={(id) => ending.mutate(id)} />
    </Panel>
  );
}
