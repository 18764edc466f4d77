import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it, vi } from 'vitest';
import { cameraOf, problem, serve, show } from '../../../tests/render';
import { SoundBand } from './SoundBand';

const UNTIL = Date.parse('2026-01-01T12:00:00Z') / 1000;
const at = (seconds: number) => new Date((UNTIL - seconds) * 1000).toISOString();
const TIMES = [UNTIL - 3600];
/** How many moments each drawing had. */
const drawn: number[] = [];

vi.mock('./TimeChart', () => ({
  TimeChart: ({ values }: { values: readonly (number | null)[] }) => {
    drawn.push(values.filter((value) => value !== null).length);
    return null;
  },
}));

function Minutes() {
  const [until, setUntil] = useState(UNTIL);
  return (
    <>
      <button type="button" onClick={() => setUntil((now) => now + 60)}>
        A minute later
      </button>
      <SoundBand from={at(3600)} to={at(0)} times={TIMES} step={300} until={until} zone={undefined} />
    </>
  );
}

it('stands while the next minute is read, and says when that fails', async () => {
  const first = { at: at(3000), max: 1000 };
  const second = { at: at(1200), max: 2000 };
  const answers = [{ points: [first] }, { points: [first, second] }, problem(403, 'You may not look here.')];
  const levels = (_: unknown, { searchParams }: URL) => (searchParams.get('step') === '300' ? answers.shift() : undefined);
  serve({ 'GET /api/v1/cameras': [cameraOf(1, 'Nursery')], 'GET /api/v1/cameras/1/levels': levels });
  show(<Minutes />);
  await waitFor(() => expect(drawn.at(-1)).toBe(1));
  const before = drawn.length;
  const user = userEvent.setup();
  await user.click(screen.getByRole('button'));
  await waitFor(() => expect(drawn.at(-1)).toBe(2));
  expect(drawn.slice(before)).not.toContain(0);
  expect(screen.queryByRole('alert')).toBeNull();

  await user.click(screen.getByRole('button'));
  expect(await screen.findByRole('alert')).toHaveTextContent('The sound of Nursery could not be read. You may not look here.');
});
