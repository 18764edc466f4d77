import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, Navigate, useLocation, useNavigate, useSearchParams } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { isStatus } from '../../api/problems';
import { useSetup } from '../../api/queries';
import { sessionEnd } from '../../api/session';
import { Note } from '../../ui/States';
import { Door } from './Door';
import css from './door.module.css';
import { fieldErrors, fieldsOf } from './forms';

export function SignInPage() {
  const setup = useSetup();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const { hash } = useLocation();
  const entering = useMutation({
    mutationFn: ({ login, password }: { login: string; password: string }) => calls.signIn(login, password),
    onSuccess: (me) => {
      sessionEnd.reset();
      queries.clear();
      queries.setQueryData(keys.me, me);
      navigate(inside(search.get('to')) + hash, { replace: true });
    },
  });
  if (setup.data?.needsOwner) return <Navigate to="/app/welcome" replace />;
  const errors = fieldErrors(entering.error);
  return (
    <Door title="Sign in">
      <form
        className={css.form}
        onSubmit={(event) => {
          const { login = '', password = '' } = fieldsOf(event);
          entering.mutate({ login, password });
        }}
      >
        <TextInput
          name="login"
          label="E-mail or user name"
          required
          autoComplete="username"
          autoCapitalize="none"
          error={errors.of('login')}
        />
        <PasswordInput name="password" label="Password" required autoComplete="current-password" error={errors.of('password')} />
        {errors.rest && <Note tone="bad">{isStatus(entering.error, 401) ? 'E-mail or password is wrong.' : errors.rest}</Note>}
        <Button type="submit" size="lg" loading={entering.isPending}>
          Sign in
        </Button>
      </form>
      {setup.data?.registrationOpen && (
        <p className={css.aside}>
          New here? <Link to={{ pathname: '/app/register', search: search.toString(), hash }}>Create an account</Link>
        </p>
      )}
    </Door>
  );
}

/** Where to go after signing in: only ever a page of this app. */
export function inside(to: string | null): string {
  return to?.startsWith('/app/') && !to.startsWith('/app/sign-in') ? to : '/app/';
}
