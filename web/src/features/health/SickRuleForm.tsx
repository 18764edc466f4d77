import { Button, NumberInput, Radio, Switch, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { Problem, wordsOf } from '../../api/problems';
import type { HealthRules, HealthSettings } from '../../api/types';
import { Note } from '../../ui/States';
import css from './health.module.css';
import { numberOf } from './numberOf';

const FIRST_BIRTHDAY = '2000-01-01';
/** From here on the hint for the first months counts. */
const YOUNG_FEVER = 38;

const choices: { value: HealthRules['sickRule']; label: string; hint: string }[] = [
  {
    value: 'cryingAndTemperature',
    label: 'Crying and a high temperature',
    hint: 'Both in one reading. Crying is heard in the sound that came with it: a reading typed in here has none, and does not ring.',
  },
  { value: 'temperatureOnly', label: 'Temperature only', hint: 'Every reading with a high temperature, also one typed in here.' },
];

type Typed = Omit<HealthRules, 'feverAt'> & { feverAt: number | string };

/** When a reading is a reason to look. What is being typed stays when the settings are read again meanwhile. */
export function SickRuleForm({ settings, today }: { settings: HealthSettings; today: string }) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Partial<Typed>>({});
  const typed: Typed = { ...settings, ...draft };
  const feverAt = numberOf(typed.feverAt);
  const save = useMutation({
    mutationFn: ({ rules }: { rules: HealthRules; from: Partial<Typed> }) => calls.changeHealthRules(rules),
    onSuccess: (_, { rules, from }) => {
      queries.setQueryData<HealthSettings>(keys.healthSettings, (now) => now && { ...now, ...rules });
      setDraft((now) => (now === from ? {} : now));
      void queries.invalidateQueries({ queryKey: keys.health });
    },
  });
  const change = (next: Partial<Typed>) => {
    save.reset();
    setDraft((now) => ({ ...now, ...next }));
  };
  const fields = save.error instanceof Problem ? save.error.fields : {};
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        const { sickRule, bornOn, ageHints } = typed;
        if (feverAt !== null) save.mutate({ rules: { sickRule, feverAt, bornOn, ageHints }, from: draft });
      }}
    >
      <Radio.Group
        aria-label="Say “may be ill” at"
        value={typed.sickRule}
        onChange={(value) => change({ sickRule: value as HealthRules['sickRule'] })}
      >
        <div className={css.form}>
          {choices.map(({ value, label, hint }) => (
            <Radio key={value} size="md" value={value} label={label} description={hint} />
          ))}
        </div>
      </Radio.Group>
      <div className={css.two}>
        <NumberInput
          label="High temperature from"
          suffix=" °C"
          required
          withAsterisk={false}
          min={35}
          max={42}
          step={0.1}
          decimalScale={1}
          value={typed.feverAt}
          onChange={(value) => change({ feverAt: value })}
          error={fields.feverAt}
        />
        <TextInput
          type="date"
          label="Birthday of the child"
          min={FIRST_BIRTHDAY}
          max={today}
          value={typed.bornOn ?? ''}
          onChange={(event) => change({ bornOn: event.currentTarget.value || null })}
          error={fields.bornOn}
        />
      </div>
      <Switch
        size="md"
        label="Hints for the first three months"
        description={`Says that ${YOUNG_FEVER} °C or more below three months always needs a doctor at once. Source: ${settings.ageHintSource}.`}
        checked={typed.ageHints}
        onChange={(event) => change({ ageHints: event.currentTarget.checked })}
      />
      {typed.ageHints && !typed.bornOn && <Note tone="quiet">Without the birthday Vigil does not know the age and gives no hint.</Note>}
      {typed.ageHints && feverAt !== null && feverAt > YOUNG_FEVER && (
        <Note tone="quiet">
          The hint comes from {YOUNG_FEVER} °C on, the alarm only from {feverAt} °C, as set above. For a child below three months choose{' '}
          {YOUNG_FEVER} °C or less.
        </Note>
      )}
      {save.isError && Object.keys(fields).length === 0 && <Note tone="bad">That was not changed. {wordsOf(save.error)}</Note>}
      {save.isSuccess && <Note tone="good">Saved. It counts from the next reading on.</Note>}
      <div className={css.buttons}>
        <Button type="submit" loading={save.isPending} disabled={Object.keys(draft).length === 0 || feverAt === null}>
          Save
        </Button>
      </div>
    </form>
  );
}
