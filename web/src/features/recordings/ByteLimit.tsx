import { Button, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { bytes } from '../../lib/time';
import css from './recordings.module.css';

const GB = 1e9;

type Props = { label: string; maxBytes: number | null; usedBytes: number; busy: boolean; save: (maxBytes: number | null) => void };

/** The most that footage may take; nothing entered is no limit. Said before it is saved when footage would go at once. */
export function ByteLimit({ label, maxBytes, usedBytes, busy, save }: Props) {
  const [typed, setTyped] = useState<number | null>(maxBytes === null ? null : gigabytes(maxBytes));
  const wanted = typed === null ? null : Math.round(typed * GB);
  const changed = typed !== (maxBytes === null ? null : gigabytes(maxBytes));
  return (
    <form
      className={css.limit}
      onSubmit={(event) => {
        event.preventDefault();
        save(wanted);
      }}
    >
      <NumberInput
        label={label}
        placeholder="No limit"
        hideControls
        suffix=" GB"
        min={0.1}
        max={1_000_000}
        decimalScale={1}
        allowNegative={false}
        value={typed ?? ''}
        onChange={(value) => setTyped(typeof value === 'number' && value > 0 ? value : null)}
        error={
          changed && wanted !== null && wanted < usedBytes
            ? `There are ${bytes(usedBytes)} now: about ${bytes(usedBytes - wanted)} of the oldest would be deleted.`
            : undefined
        }
      />
      <Button type="submit" variant="default" disabled={!changed} loading={busy}>
        Save
      </Button>
    </form>
  );
}

const gigabytes = (count: number) => Math.round(count / (GB / 10)) / 10 || 0.1;
