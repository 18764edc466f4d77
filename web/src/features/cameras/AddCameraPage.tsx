import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { Problem, wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import type { Camera } from '../../api/types';
import { mayAddCameras } from '../../lib/words';
import { Icon, type IconName } from '../../ui/Icon';
import { Page, Panel } from '../../ui/Page';
import { Empty, Note } from '../../ui/States';
import css from './cameras.module.css';
import { FoundCameras } from './FoundCameras';
import { ModelForm } from './ModelForm';
import { bodyOf, emptySource, type Source, splitCredentials, worthSaving } from './source';
import { TestReport } from './TestReport';

const ways: { key: string; icon: IconName; label: string }[] = [
  { key: 'phone', icon: 'phone', label: 'A phone or tablet' },
  { key: 'pair', icon: 'check', label: 'A six-digit code' },
  { key: 'found', icon: 'search', label: 'Found at home' },
  { key: 'model', icon: 'list', label: 'Make and model' },
  { key: 'address', icon: 'link', label: 'Paste an address' },
];

/** `phone` and `pair` are another feature's parts. */
export function AddCameraPage({ phone, pair }: { phone?: ReactNode; pair?: ReactNode }) {
  const me = useMe().data;
  return !me || mayAddCameras(me) ? (
    <AddCamera phone={phone} pair={pair} />
  ) : (
    <Empty icon="offline" title="Not yours to add">
      <p>
        {me.household.place === 'guest'
          ? 'Guests add no cameras to a household.'
          : 'Your account on this server may look, but not add cameras.'}
      </p>
    </Empty>
  );
}

/** An old phone, or three ways to an address, then one test in plain words, then a name. */
function AddCamera({ phone, pair }: { phone: ReactNode; pair: ReactNode }) {
  const [search, setSearch] = useSearchParams();
  const way = ways.some((one) => one.key === search.get('way')) ? search.get('way') : 'phone';
  const [source, setSource] = useState<Source>(emptySource);
  const [name, setName] = useState('');
  const queries = useQueryClient();
  const navigate = useNavigate();

  const test = useMutation({ mutationFn: (body: Source) => calls.testCamera(bodyOf(body)) });
  const save = useMutation({
    mutationFn: (location: string) => calls.addCamera({ ...bodyOf(source), name: name.trim(), location: location.trim() }),
    onSuccess: async (camera) => {
      queries.setQueryData<Camera[]>(keys.cameras, (all) => [...(all ?? []).filter((one) => one.id !== camera.id), camera]);
      await queries.invalidateQueries({ queryKey: keys.cameras });
      navigate(`/app/cameras/${camera.id}`, { replace: true });
    },
  });
  const put = (next: Source) => {
    setSource(next);
    test.reset();
    save.reset();
  };
  const fields = fieldsIn(test.error ?? save.error);
  const result = test.data;

  return (
    <Page title="Add a camera" back={{ to: '/app/', label: 'All cameras' }} narrow>
      <div className={css.ways} role="tablist" aria-label="Where the camera is">
        {ways.map((one) => (
          <button
            key={one.key}
            type="button"
            role="tab"
            aria-selected={way === one.key}
            onClick={() => {
              setSearch({ way: one.key }, { replace: true });
              put(emptySource);
            }}
          >
            <Icon name={one.icon} size={26} />
            {one.label}
          </button>
        ))}
      </div>
      {way === 'phone' && phone}
      {way === 'pair' && pair}
      {way === 'found' && (
        <FoundCameras
          chosen={source.address}
          choose={(address, sub, title) => {
            put({ ...source, address, subAddress: sub });
            if (!name) setName(title);
          }}
        />
      )}
      {way === 'model' && <ModelForm use={(address, subAddress, audioAddress) => put({ ...source, address, subAddress, audioAddress })} />}
      {way !== 'phone' && way !== 'pair' && (
        <Panel title={way === 'address' ? 'Address' : 'Check it'}>
          <form
            className={css.form}
            onSubmit={(event) => {
              event.preventDefault();
              const clean = splitCredentials(source);
              put(clean);
              test.mutate(clean);
            }}
          >
            <TextInput
              label="Camera address"
              description="From the camera’s manual, for example rtsp://192.168.1.20:554/stream1"
              required
              value={source.address}
              onChange={(event) => put({ ...source, address: event.currentTarget.value })}
              onBlur={() => setSource(splitCredentials(source))}
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
              inputMode="url"
              error={fields.address}
            />
            <TextInput
              label="Small picture (if it has one)"
              description="A second, smaller stream for the wall. It saves your phone work."
              value={source.subAddress}
              onChange={(event) => put({ ...source, subAddress: event.currentTarget.value })}
              autoCapitalize="none"
              spellCheck={false}
              inputMode="url"
              error={fields.subAddress}
            />
            <div className={css.two}>
              <TextInput
                label="Camera user"
                value={source.username}
                autoComplete="off"
                autoCapitalize="none"
                onChange={(event) => put({ ...source, username: event.currentTarget.value })}
                error={fields.username}
              />
              <PasswordInput
                label="Camera password"
                value={source.password}
                autoComplete="new-password"
                onChange={(event) => put({ ...source, password: event.currentTarget.value })}
                error={fields.password}
              />
            </div>
            <Button type="submit" variant={result ? 'default' : 'filled'} loading={test.isPending}>
              {test.isPending ? 'Asking the camera …' : 'Test'}
            </Button>
            {test.isError && Object.keys(fields).length === 0 && <Note tone="bad">{wordsOf(test.error)}</Note>}
            {result && <TestReport result={result} />}
          </form>
        </Panel>
      )}
      {result && worthSaving(result) && (
        <Panel title="Name it">
          {!result.success && <Note tone="quiet">You may save it anyway: it shows as offline until it answers.</Note>}
          <form
            className={css.form}
            onSubmit={(event) => {
              event.preventDefault();
              save.mutate(String(new FormData(event.currentTarget).get('location') ?? ''));
            }}
          >
            <TextInput
              label="Name"
              required
              maxLength={100}
              placeholder="Nursery"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={fields.name}
              data-autofocus
            />
            <TextInput name="location" label="Where it is" placeholder="First floor" maxLength={100} error={fields.location} />
            {save.isError && <Note tone="bad">{wordsOf(save.error)}</Note>}
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </form>
        </Panel>
      )}
    </Page>
  );
}

function fieldsIn(error: unknown): Readonly<Record<string, string>> {
  return error instanceof Problem ? error.fields : {};
}
