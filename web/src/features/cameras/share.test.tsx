import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { cameraOf, me, problem, serve, show } from '../../../tests/render';
import { ShareButton } from './ShareSheet';

const sita = { accountId: 7, name: 'Sita', username: 'sita' };
const row = {
  id: 3,
  cameraId: 1,
  person: sita,
  level: 'view',
  canRecord: false,
  canSchedule: false,
  canDownload: true,
  windowStart: null,
  windowEnd: null,
  firstDay: null,
  lastDay: null,
  grantedBy: 'Ana',
  grantedAt: '2026-01-01T00:00:00Z',
  isActive: true,
  isOpen: true,
  isComing: true,
};

it('shares with a known person in three taps', async () => {
  const asked = serve({
    'GET /api/v1/me': me,
    'GET /api/v1/cameras/1/access': { isPublic: false, grants: [], people: [sita] },
    'POST /api/v1/cameras/1/access': row,
  });
  show(<ShareButton camera={cameraOf(1, 'Living room')} />);
  await userEvent.click(screen.getByRole('button', { name: 'Share' }));
  await userEvent.click(await screen.findByRole('button', { name: /Sita/ }));
  await userEvent.click(screen.getByRole('button', { name: /evening/ }));
  expect(await screen.findByText('Sita: Always')).toBeVisible();
  expect(asked.find(({ call }) => call.startsWith('POST'))?.body).toMatchObject({
    accountId: 7,
    windowStart: '18:00',
    windowEnd: '23:00',
    level: 'view',
  });
});

it('takes back with one tap, and says when nobody has that name', async () => {
  let grants = [row];
  serve({
    'GET /api/v1/me': me,
    'GET /api/v1/cameras/1/access': () => ({ isPublic: false, grants, people: [] }),
    'POST /api/v1/cameras/1/access': problem(404, 'Nobody signs in here as “zoe”.'),
    'DELETE /api/v1/cameras/1/access/3': () => {
      grants = [];
      return new Response(null, { status: 204 });
    },
  });
  show(<ShareButton camera={cameraOf(1, 'Living room')} />);
  await userEvent.click(screen.getByRole('button', { name: 'Share' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Take it back from Sita' }));
  expect(await screen.findByText('Nobody but the parents.')).toBeVisible();
  await userEvent.type(screen.getByLabelText(/E-mail or user name/), 'zoe');
  await userEvent.click(screen.getByRole('button', { name: 'Next' }));
  await userEvent.click(screen.getByRole('button', { name: /Always/ }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Nobody signs in here as “zoe”.');
});
