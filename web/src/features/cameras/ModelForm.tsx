import { NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/States';
import css from './cameras.module.css';
import { fillPattern, findModel } from './source';

type Choice = { make: string; model: string; host: string; port: number | null; channel: number };

/** Makes an address from what is printed on the box. */
export function ModelForm({ use }: { use: (address: string, subAddress: string, audioAddress: string) => void }) {
  const vendors = useQuery({ queryKey: keys.vendors, queryFn: calls.vendors, staleTime: Number.POSITIVE_INFINITY });
  const [choice, setChoice] = useState<Choice>({ make: '', model: '', host: '', port: null, channel: 1 });
  if (vendors.isPending) return <Loading what="Reading the list of makes" />;
  if (!vendors.data)
    return <Failed title="The list of makes could not be read" words={wordsOf(vendors.error)} retry={() => void vendors.refetch()} />;
  const list = vendors.data;
  const make = choice.make || (list[0]?.make ?? '');
  const model = findModel(list, make, choice.model);

  const put = (change: Partial<Choice>) => {
    const next = { ...choice, make, ...change };
    setChoice(next);
    const found = findModel(list, next.make, next.model);
    if (!found || !next.host.trim()) return;
    const port = next.port ?? found.defaultPort;
    const fill = (pattern: string | null | undefined) => (pattern ? fillPattern(pattern, next.host, port, next.channel) : '');
    use(fill(found.main), fill(found.sub), fill(found.audio));
  };
  const hasChannel = model?.main.includes('{channel}') ?? false;
  return (
    <Panel title="Make and model">
      <div className={css.form}>
        <div className={css.two}>
          <NativeSelect
            label="Make"
            value={make}
            onChange={(event) => put({ make: event.currentTarget.value, model: '', port: null })}
            data={list.map((vendor) => vendor.make)}
          />
          <NativeSelect
            label="Model"
            value={model?.model ?? ''}
            onChange={(event) => put({ model: event.currentTarget.value, port: null })}
            data={list.find((vendor) => vendor.make === make)?.models.map((one) => one.model) ?? []}
          />
        </div>
        <TextInput
          label="IP address or name of the camera"
          description="It is in the camera’s app, or in your router’s list of devices."
          placeholder="192.168.1.20"
          value={choice.host}
          onChange={(event) => put({ host: event.currentTarget.value })}
          autoCapitalize="none"
          spellCheck={false}
        />
        <div className={css.two}>
          <NumberInput
            label="Port"
            min={1}
            max={65535}
            hideControls
            value={choice.port ?? model?.defaultPort ?? 554}
            onChange={(port) => put({ port: typeof port === 'number' ? port : null })}
          />
          {hasChannel && (
            <NumberInput
              label="Channel"
              min={1}
              max={64}
              value={choice.channel}
              onChange={(channel) => put({ channel: typeof channel === 'number' ? channel : 1 })}
            />
          )}
        </div>
        {model?.note && <Note tone="quiet">{model.note}</Note>}
      </div>
    </Panel>
  );
}
