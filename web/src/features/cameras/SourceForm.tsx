import { Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { Problem, wordsOf } from '../../api/problems';
import type { Camera, Ingest } from '../../api/types';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './cameras.module.css';
import { bodyOf, hiddenParts, type Source, sourceOf, splitCredentials } from './source';
import { TestReport } from './TestReport';

/** Name and where the picture comes from. */
export function SourceForm({ camera }: { camera: Camera }) {
  const queries = useQueryClient();
  const [source, setSource] = useState<Source>(() => sourceOf(camera));
  const test = useMutation({ mutationFn: (body: Source) => calls.testCamera({ ...bodyOf(body), cameraId: camera.id }) });
  const save = useMutation({
    mutationFn: (names: { name: string; location: string }) => calls.changeCamera(camera.id, { ...bodyOf(source), ...names }),
    onSuccess: (next) => {
      queries.setQueryData<Camera[]>(keys.cameras, (all) => all?.map((one) => (one.id === next.id ? next : one)));
      setSource(sourceOf(next)); // What was secret in it is hidden from now on.
    },
  });
  const put = (change: Partial<Source>) => {
    setSource((before) => ({ ...before, ...change }));
    test.reset();
    save.reset();
  };
  // A phone brings its picture itself: there is no address, and nothing to ask.
  const isPhone = camera.address === 'whip:';
  const error = save.error ?? test.error;
  const fields = error instanceof Problem ? error.fields : {};
  return (
    <Panel title="Camera">
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          setSource(splitCredentials(source));
          save.mutate({ name: String(form.get('name') ?? '').trim(), location: String(form.get('location') ?? '').trim() });
        }}
      >
        <div className={css.two}>
          <TextInput name="name" label="Name" required maxLength={100} defaultValue={camera.name} error={fields.name} />
          <TextInput name="location" label="Where it is" maxLength={100} defaultValue={camera.location ?? ''} error={fields.location} />
        </div>
        {!isPhone && (
          <>
            <TextInput
              label="Camera address"
              description={hiddenParts(source)}
              required
              value={source.address}
              onChange={(event) => put({ address: event.currentTarget.value })}
              onBlur={() => setSource(splitCredentials)}
              autoCapitalize="none"
              spellCheck={false}
              error={fields.address}
            />
            <TextInput
              label="Small picture (for the wall)"
              value={source.subAddress}
              onChange={(event) => put({ subAddress: event.currentTarget.value })}
              autoCapitalize="none"
              spellCheck={false}
              error={fields.subAddress}
            />
            <TextInput
              label="Sound from another address"
              description="Only for cameras that send sound apart, such as phones used as cameras."
              value={source.audioAddress}
              onChange={(event) => put({ audioAddress: event.currentTarget.value })}
              autoCapitalize="none"
              spellCheck={false}
              error={fields.audioAddress}
            />
            <div className={css.two}>
              <TextInput
                label="Camera user"
                value={source.username}
                autoComplete="off"
                autoCapitalize="none"
                onChange={(event) => put({ username: event.currentTarget.value })}
                error={fields.username}
              />
              <PasswordInput
                label="Camera password"
                placeholder={camera.hasPassword ? 'kept as it is' : ''}
                value={source.password}
                autoComplete="new-password"
                onChange={(event) => put({ password: event.currentTarget.value })}
                error={fields.password}
              />
            </div>
            <NativeSelect
              label="How Vigil reads it"
              value={source.ingest}
              onChange={(event) => put({ ingest: event.currentTarget.value as Ingest })}
              data={[
                { value: 'auto', label: 'Automatic (best)' },
                { value: 'native', label: 'Directly: shortest delay' },
                { value: 'ffmpeg', label: 'Through ffmpeg: for odd cameras' },
              ]}
            />
            <TextInput
              label="Port for turning it (ONVIF)"
              description="Only for a camera that can turn and is not found. Empty: Vigil looks where such ports usually are."
              value={source.onvifPort}
              inputMode="numeric"
              onChange={(event) => put({ onvifPort: event.currentTarget.value.replace(/\D/g, '').slice(0, 5) })}
              error={fields.onvifPort}
            />
          </>
        )}
        {error && Object.keys(fields).length === 0 && <Note tone="bad">{wordsOf(error)}</Note>}
        {save.isSuccess && <Note tone="good">Saved.</Note>}
        {test.data && <TestReport result={test.data} />}
        <div className={css.row}>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
          {!isPhone && (
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate(splitCredentials(source))}>
              Test
            </Button>
          )}
        </div>
      </form>
    </Panel>
  );
}
