import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { Page, Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './room.module.css';

/** The six digits that a device shows, typed or brought along by its QR code. */
export function PairDevice() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [code, setCode] = useState(() => codeIn(location.hash));
  const [name, setName] = useState('');
  const digits = code.replace(/[\s-]/g, '');
  const pair = useMutation({
    mutationFn: () => calls.pairSignalDevice(digits, name.trim() || undefined),
    onSuccess: async (device) => {
      await queries.invalidateQueries({ queryKey: keys.cameras });
      navigate(`/app/cameras/${device.cameraId}`, { replace: true });
    },
  });
  return (
    <Panel
      title="Pair a device"
      hint="A phone or camera with a signalling agent shows six digits. Its picture then goes straight to you: private, but without recordings and alerts."
    >
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          pair.mutate();
        }}
      >
        <TextInput
          label="Code on the device"
          description="Good for five minutes. If the device shows a QR code, point your phone’s camera at that instead."
          required
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          inputMode="numeric"
          autoComplete="one-time-code"
          placeholder="123 456"
          maxLength={12}
        />
        <TextInput
          label="Name (if you like)"
          value={name}
          maxLength={100}
          placeholder="Nursery"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {pair.isError && <Note tone="bad">{wordsOf(pair.error)}</Note>}
        <Button type="submit" loading={pair.isPending} disabled={!/^[0-9]{6}$/.test(digits)}>
          Pair
        </Button>
      </form>
    </Panel>
  );
}

export function PairDevicePage() {
  return (
    <Page title="Pair a device" back={{ to: '/app/', label: 'All cameras' }} narrow>
      <PairDevice />
    </Page>
  );
}

export function codeIn(hash: string): string {
  return /(?:^#|&)code=([0-9]{6})(?:&|$)/.exec(hash)?.[1] ?? '';
}
