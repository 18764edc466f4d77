import { Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Navigate, useLocation, useNavigate, useSearchParams } from 'react-router';
import { calls, type NewOwner } from '../../api/calls';
import { keys } from '../../api/keys';
import { useSetup } from '../../api/queries';
import { sessionEnd } from '../../api/session';
import type { Me } from '../../api/types';
import { allZones, browserZone } from '../../lib/time';
import { Loading, Note } from '../../ui/States';
import { Door } from './Door';
import css from './door.module.css';
import { fieldErrors, fieldsOf, usePasswordCheck } from './forms';
import { inside } from './SignInPage';

/** The very first visit: the owner's account and the household. */
export function WelcomePage() {
  const setup = useSetup();
  if (setup.isPending) return <Loading what="One moment" />;
  if (setup.data && !setup.data.needsOwner) return <Navigate to="/app/" replace />;
  return (
    <Door title="Welcome" words="First, the owner of this household. You can add the other parent later.">
      <AccountForm needsCode={setup.data?.needsCode ?? false} create={calls.createOwner} submit="Create account" />
    </Door>
  );
}

export function RegisterPage() {
  const setup = useSetup();
  const [search] = useSearchParams();
  const { hash } = useLocation();
  if (setup.data && !setup.data.registrationOpen) return <Navigate to="/app/sign-in" replace />;
  return (
    <Door title="New account" words="You get a household of your own: nobody else sees its cameras.">
      <AccountForm
        needsCode={false}
        create={({ code: _, ...body }) => calls.register(body)}
        submit="Create account"
        then={inside(search.get('to')) + hash}
      />
    </Door>
  );
}

type Props = { needsCode: boolean; create: (body: NewOwner) => Promise<Me>; submit: string; then?: string };

function AccountForm({ needsCode, create, submit, then = '/app/' }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const password = usePasswordCheck();
  const making = useMutation({
    mutationFn: create,
    onSuccess: (me) => {
      sessionEnd.reset();
      queries.setQueryData(keys.me, me);
      void queries.invalidateQueries({ queryKey: keys.setup });
      navigate(then, { replace: true });
    },
  });
  const errors = fieldErrors(making.error);
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        const fields = fieldsOf(event);
        if (!password.check(fields.password ?? '')) return;
        making.mutate({
          email: fields.email ?? '',
          password: fields.password ?? '',
          householdName: fields.householdName ?? '',
          timeZone: fields.timeZone ?? browserZone(),
          ...(fields.name ? { name: fields.name } : {}),
          ...(fields.code ? { code: fields.code.toUpperCase() } : {}),
        });
      }}
    >
      {needsCode && (
        <TextInput
          name="code"
          label="Set-up code"
          description="Six characters, printed where Vigil was started."
          required
          autoComplete="one-time-code"
          error={errors.of('code')}
        />
      )}
      <TextInput name="name" label="Your name" autoComplete="name" error={errors.of('name')} />
      <TextInput name="email" type="email" label="E-mail" required autoComplete="username" error={errors.of('email')} />
      <PasswordInput
        name="password"
        label="Password"
        description="At least 8 characters."
        required
        autoComplete="new-password"
        error={password.error ?? errors.of('password')}
      />
      <TextInput name="householdName" label="Name of the household" placeholder="Our home" required error={errors.of('householdName')} />
      <NativeSelect name="timeZone" label="Time zone" defaultValue={browserZone()} data={allZones()} error={errors.of('timeZone')} />
      {errors.rest && <Note tone="bad">{errors.rest}</Note>}
      <Button type="submit" size="lg" loading={making.isPending}>
        {submit}
      </Button>
    </form>
  );
}
