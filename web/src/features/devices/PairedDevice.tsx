import { Button, Switch, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import type { Camera, SignalDevice } from '../../api/types';
import { ago } from '../../lib/time';
import { useNow } from '../../ui/hooks';
import { Panel } from '../../ui/Page';
import { QrCode } from '../../ui/QrCode';
import { Note } from '../../ui/States';
import css from './room.module.css';

/** What an owner may do with a paired device: name it, guard it, give it away, let it go. */
export function PairedDevice({ camera }: { camera: Camera }) {
  const devices = useQuery({ queryKey: keys.signalDevices, queryFn: calls.signalDevices });
  const device = devices.data?.find((one) => one.cameraId === camera.id);
  if (devices.isError && !devices.data) return <Note tone="bad">{wordsOf(devices.error)}</Note>;
  return device ? <OneDevice key={device.id} device={device} /> : null;
}

function OneDevice({ device }: { device: SignalDevice }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const now = useNow(10_000);
  const [name, setName] = useState(device.name);
  const [sure, setSure] = useState(false);
  const refresh = () =>
    Promise.all([queries.invalidateQueries({ queryKey: keys.signalDevices }), queries.invalidateQueries({ queryKey: keys.cameras })]);
  const change = useMutation({
    mutationFn: (body: { name?: string; secretRequired?: boolean }) => calls.changeSignalDevice(device.id, body),
    onSettled: refresh,
  });
  const rotate = useMutation({ mutationFn: () => calls.rotateSecret(device.id), onSettled: refresh });
  const give = useMutation({ mutationFn: () => calls.giveDevice(device.id) });
  const remove = useMutation({
    mutationFn: () => calls.unpairDevice(device.id),
    onSuccess: async () => {
      await refresh();
      navigate('/app/', { replace: true });
    },
  });
  const seen = device.online ? 'here now' : device.lastSeenAt ? `here ${ago(now - Date.parse(device.lastSeenAt))}` : 'never been here';
  const error = change.error ?? rotate.error ?? give.error ?? remove.error;
  return (
    <>
      <Panel title="Paired device" hint={`It calls itself “${device.deviceId}” · ${seen}`}>
        {error && <Note tone="bad">{wordsOf(error)}</Note>}
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate({ name: name.trim() });
          }}
        >
          <TextInput label="Name" required maxLength={255} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Button type="submit" loading={change.isPending} disabled={!name.trim() || name.trim() === device.name}>
            Save
          </Button>
        </form>
      </Panel>
      <Panel title="Its secret" hint="With a secret, no other machine can pretend to be this device.">
        {!device.hasSecret && !device.secretRequired && (
          <Note tone="bad">
            This device came without a secret: whoever knows its name can pretend to be it and show you another picture. Give it a secret if
            its program can keep one.
          </Note>
        )}
        {rotate.data && (
          <Note tone="quiet">
            Enter this on the device now; it is shown only once: <code>{rotate.data.secret}</code>
          </Note>
        )}
        <Switch
          label="Only with its secret"
          checked={device.secretRequired}
          disabled={device.hasSecret || change.isPending}
          onChange={(event) => change.mutate({ secretRequired: event.currentTarget.checked })}
        />
        <Button variant="default" loading={rotate.isPending} onClick={() => rotate.mutate()}>
          {device.hasSecret ? 'Change the secret' : 'Make a secret'}
        </Button>
      </Panel>
      <Panel title="Give it away" hint="Another household takes the device over with a code, good for five minutes. It then leaves yours.">
        {give.data ? (
          <div className={css.code}>
            <QrCode text={`${location.origin}/app/pair#code=${give.data.code}`} label="Code to take the device over" />
            <code>{give.data.code}</code>
            <small>Good once, for five minutes.</small>
          </div>
        ) : (
          <Button variant="default" loading={give.isPending} onClick={() => give.mutate()}>
            Show a code
          </Button>
        )}
      </Panel>
      <Panel title="Unpair" hint="It leaves this household, and whoever holds it may pair it anew.">
        {sure ? (
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            Yes, unpair {device.name}
          </Button>
        ) : (
          <Button variant="outline" color="red" onClick={() => setSure(true)}>
            Unpair
          </Button>
        )}
      </Panel>
    </>
  );
}
