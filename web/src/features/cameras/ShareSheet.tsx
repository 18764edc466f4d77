import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import type { Camera, Grant, GrantFields, Person } from '../../api/types';
import { windowWords } from '../../lib/access';
import { Icon } from '../../ui/Icon';
import { Failed, Loading, Note } from '../../ui/States';
import { ShareWhen } from './ShareWhen';
import css from './share.module.css';

/** Grants this camera to somebody in three taps (Share, who, when), and takes it back with one. */
export function ShareButton({ camera }: { camera: Camera }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button className={css.open} variant="default" fullWidth leftSection={<Icon name="person" />} onClick={() => setOpen(true)}>
        Share
      </Button>
      {open && <ShareSheet camera={camera} close={() => setOpen(false)} />}
    </>
  );
}

type Whom = { name: string } & ({ accountId: number } | { login: string });

function ShareSheet({ camera, close }: { camera: Camera; close: () => void }) {
  const queries = useQueryClient();
  const zone = useMe().data?.household.timeZone ?? 'UTC';
  const access = useQuery({ queryKey: keys.access(camera.id), queryFn: () => calls.access(camera.id) });
  const [whom, setWhom] = useState<Whom | null>(null);
  const again = () => void queries.invalidateQueries({ queryKey: keys.access(camera.id) });
  const granting = useMutation({
    mutationFn: (when: GrantFields) => {
      const { name: _, ...who } = whom as Whom;
      return calls.grant(camera.id, { ...when, ...who });
    },
    onSuccess: () => setWhom(null),
    onSettled: again,
  });
  const revoking = useMutation({ mutationFn: (grant: Grant) => calls.revoke(camera.id, grant.id), onSettled: again });
  return (
    <Modal opened onClose={close} title={`Share ${camera.name}`} size="md" closeButtonProps={{ 'aria-label': 'Close', size: 44 }} centered>
      {access.isPending && <Loading what="Looking who may see it" />}
      {access.isError && !access.data && (
        <Failed title="That could not be read" words={wordsOf(access.error)} retry={() => void access.refetch()} />
      )}
      {access.data && whom && (
        <ShareWhen
          name={whom.name}
          zone={zone}
          busy={granting.isPending}
          failure={granting.isError ? wordsOf(granting.error) : null}
          grant={(when) => granting.mutate(when)}
          back={() => {
            granting.reset();
            setWhom(null);
          }}
        />
      )}
      {access.data && !whom && (
        <div className={css.sheet}>
          {granting.data && <Note tone="good">{`${granting.data.person.name}: ${words(granting.data, zone)}`}</Note>}
          {revoking.isError && <Note tone="bad">Not taken back. {wordsOf(revoking.error)}</Note>}
          <Who people={access.data.people} choose={setWhom} />
          <h3>Who may see it</h3>
          {camera.isPublic && <p className={css.quiet}>Every guest of this household, because the camera is open to all of them.</p>}
          {access.data.grants.length === 0 && <p className={css.quiet}>{camera.isPublic ? 'Nobody else.' : 'Nobody but the parents.'}</p>}
          <ul className={css.grants}>
            {access.data.grants.map((grant) => (
              <li key={grant.id} data-over={!grant.isComing || undefined}>
                <div>
                  <strong>{grant.person.name}</strong>
                  <span>{words(grant, zone)}</span>
                </div>
                <Button
                  variant="default"
                  aria-label={`Take it back from ${grant.person.name}`}
                  loading={revoking.isPending && revoking.variables?.id === grant.id}
                  onClick={() => revoking.mutate(grant)}
                >
                  {grant.isComing ? 'Take back' : 'Remove'}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Modal>
  );
}

function words(grant: Grant, zone: string): string {
  const when = windowWords(grant, Date.now(), zone);
  const over = grant.isActive ? 'over' : 'switched off';
  const more = grant.level === 'admin' ? ' · may change it' : grant.level === 'control' ? ' · may operate it' : '';
  return (grant.isComing ? when : `${when} – ${over}`) + more;
}

function Who({ people, choose }: { people: Person[]; choose: (whom: Whom) => void }) {
  return (
    <>
      <h3>Share with</h3>
      <div className={css.choices}>
        {people.map((person) => (
          <button key={person.accountId} type="button" onClick={() => choose({ accountId: person.accountId, name: person.name })}>
            <strong>{person.name}</strong>
            {person.name !== person.username && <span>{person.username}</span>}
          </button>
        ))}
      </div>
      <form
        className={css.other}
        onSubmit={(event) => {
          event.preventDefault();
          const login = String(new FormData(event.currentTarget).get('login') ?? '').trim();
          if (login) choose({ login, name: login });
        }}
      >
        <TextInput
          name="login"
          label={people.length > 0 ? 'Somebody else' : 'E-mail or user name'}
          description="E-mail or user name of an account on this server."
          autoComplete="off"
          autoCapitalize="none"
          required
        />
        <Button type="submit" variant="default">
          Next
        </Button>
      </form>
    </>
  );
}
