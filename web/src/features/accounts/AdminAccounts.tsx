import { NativeSelect, Switch } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import type { AdminSettings, ServerRole } from '../../api/types';
import { roleWords } from '../../lib/words';
import { Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/States';
import css from './lists.module.css';

const roles = (Object.keys(roleWords) as ServerRole[]).map((value) => ({ value, label: roleWords[value] }));

export function AdminAccounts() {
  return (
    <>
      <Registration />
      <Accounts />
    </>
  );
}

function Registration() {
  const queries = useQueryClient();
  const settings = useQuery({ queryKey: keys.adminSettings, queryFn: calls.adminSettings });
  const changing = useMutation({
    mutationFn: (next: AdminSettings) => calls.changeAdminSettings(next),
    onMutate: (next) => queries.setQueryData(keys.adminSettings, next),
    onSettled: () => void queries.invalidateQueries({ queryKey: keys.adminSettings }),
  });
  const now = settings.data;
  return (
    <Panel title="New accounts">
      {settings.isError && <Note tone="bad">{wordsOf(settings.error)}</Note>}
      {now && (
        <>
          <NativeSelect
            label="Who may make an account for themselves"
            value={now.registration}
            onChange={(event) => changing.mutate({ ...now, registration: event.currentTarget.value as AdminSettings['registration'] })}
            data={[
              { value: 'closed', label: 'Nobody' },
              { value: 'private', label: 'People on the home network' },
              { value: 'open', label: 'Everybody who reaches this server' },
            ]}
          />
          <NativeSelect
            label="They begin as"
            value={now.defaultRole}
            onChange={(event) => changing.mutate({ ...now, defaultRole: event.currentTarget.value as ServerRole })}
            data={roles.filter((role) => role.value === 'dev' || role.value === 'visitor')}
          />
        </>
      )}
      {changing.isError && <Note tone="bad">Not changed. {wordsOf(changing.error)}</Note>}
    </Panel>
  );
}

function Accounts() {
  const queries = useQueryClient();
  const me = useMe().data;
  const accounts = useQuery({ queryKey: keys.accounts, queryFn: calls.accounts });
  const changing = useMutation({
    mutationFn: ({ id, ...body }: { id: number; role?: ServerRole; isActive?: boolean }) => calls.changeAccount(id, body),
    onSettled: () => void queries.invalidateQueries({ queryKey: keys.accounts }),
  });
  if (accounts.isPending) return <Loading what="Reading the accounts" />;
  if (!accounts.data)
    return <Failed title="The accounts could not be read" words={wordsOf(accounts.error)} retry={() => void accounts.refetch()} />;
  return (
    <Panel title="Accounts" hint="A role is about this server. It opens nobody’s cameras.">
      {changing.isError && <Note tone="bad">Not changed. {wordsOf(changing.error)}</Note>}
      <ul className={css.list}>
        {accounts.data.map((account) => (
          <li key={account.id}>
            <div className={`${css.grow} ${account.isActive ? '' : css.off}`}>
              <strong>{account.name || account.username}</strong>
              <span>{account.email}</span>
            </div>
            <NativeSelect
              aria-label={`Role of ${account.email}`}
              value={account.role}
              disabled={account.id === me?.account.id}
              onChange={(event) => changing.mutate({ id: account.id, role: event.currentTarget.value as ServerRole })}
              data={roles}
            />
            <Switch
              size="md"
              label="Active"
              checked={account.isActive}
              disabled={account.id === me?.account.id}
              onChange={(event) => changing.mutate({ id: account.id, isActive: event.currentTarget.checked })}
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
