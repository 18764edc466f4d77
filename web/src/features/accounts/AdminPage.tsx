import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { useMe } from '../../api/queries';
import { Page } from '../../ui/Page';
import { Empty } from '../../ui/States';
import { AdminAccounts } from './AdminAccounts';
import { AdminSessions, AdminStorage } from './AdminMore';
import { AdminServers } from './AdminServers';

const tabs = ['accounts', 'sessions', 'storage', 'servers'];

/** For who runs the server. It never opens another household's pictures. `footage` is what one's own household keeps: another feature's part. */
export function AdminPage({ footage }: { footage?: ReactNode }) {
  const role = useMe().data?.account.role;
  const [search, setSearch] = useSearchParams();
  const asked = search.get('tab') ?? '';
  const tab = tabs.includes(asked) ? asked : 'accounts';
  if (role !== 'admin' && role !== 'superadmin') {
    return (
      <Page title="Server">
        <Empty icon="wrench" title="Only for administrators">
          <p>Ask who runs this Vigil server.</p>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title="Server" narrow>
      <Tabs value={tab} onChange={(next) => setSearch({ tab: next ?? 'accounts' }, { replace: true })} keepMounted={false}>
        <Tabs.List grow mb="md">
          <Tabs.Tab value="accounts">Accounts</Tabs.Tab>
          <Tabs.Tab value="sessions">Sign-ins</Tabs.Tab>
          <Tabs.Tab value="storage">Storage</Tabs.Tab>
          <Tabs.Tab value="servers">Servers</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="accounts">
          <AdminAccounts />
        </Tabs.Panel>
        <Tabs.Panel value="sessions">
          <AdminSessions />
        </Tabs.Panel>
        <Tabs.Panel value="storage">
          <AdminStorage />
          {footage}
        </Tabs.Panel>
        <Tabs.Panel value="servers">
          <AdminServers />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
