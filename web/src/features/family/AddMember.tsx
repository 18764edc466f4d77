import { Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { Problem, wordsOf } from '../../api/problems';
import type { Place } from '../../api/types';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './family.module.css';

/** Makes an account for the other parent, a grandparent, a sitter. */
export function AddMember() {
  const queries = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const adding = useMutation({
    mutationFn: calls.addMember,
    onSuccess: () => {
      form.current?.reset();
      void queries.invalidateQueries({ queryKey: keys.members });
    },
  });
  const fields = adding.error instanceof Problem ? adding.error.fields : {};
  return (
    <Panel
      title="Add somebody"
      hint="They sign in with this e-mail and password, and can change the password then. Who has an account here already keeps it and only joins."
    >
      <form
        ref={form}
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          const text = (name: string) => String(data.get(name) ?? '');
          const name = text('name').trim();
          adding.mutate({
            email: text('email').trim(),
            password: text('password'),
            place: text('place') as Place,
            ...(name ? { name } : {}),
          });
        }}
      >
        <TextInput name="name" label="Name" autoComplete="off" error={fields.name} />
        <TextInput name="email" type="email" label="E-mail" required autoComplete="off" error={fields.email} />
        <PasswordInput
          name="password"
          label="First password"
          description="At least 8 characters."
          required
          minLength={8}
          autoComplete="new-password"
          error={fields.password}
        />
        <NativeSelect
          name="place"
          label="As"
          defaultValue="parent"
          data={[
            { value: 'parent', label: 'Parent: sees and hears everything' },
            { value: 'guest', label: 'Guest: sees what is shared' },
          ]}
        />
        {adding.isError && Object.keys(fields).length === 0 && <Note tone="bad">{wordsOf(adding.error)}</Note>}
        {adding.data?.hadAccount === false && <Note tone="good">Added.</Note>}
        {adding.data?.hadAccount && (
          <Note tone="bad">
            Added “{adding.data.name || adding.data.username}”, who had an account with this e-mail already and signs in with their own
            password. If you do not know them by that name, take them out of the list again.
          </Note>
        )}
        <Button type="submit" loading={adding.isPending}>
          Add
        </Button>
      </form>
    </Panel>
  );
}
