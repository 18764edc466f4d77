import { screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { cameraOf, serve, show } from '../../../tests/render';
import { RecordingsPage } from './RecordingsPage';

it('recordings up to a day are those before its end by the household’s clock', async () => {
  const asked: (string | null)[] = [];
  serve({
    'GET /api/v1/me': { household: { place: 'parent', timeZone: 'Asia/Kathmandu' } },
    'GET /api/v1/cameras': [cameraOf(1, 'Nursery')],
    'GET /api/v1/recordings': (_: unknown, url: URL) => {
      asked.push(url.searchParams.get('before'));
      return { recordings: [], next: null };
    },
  });
  show(<RecordingsPage />, { at: '/app/recordings?day=2026-02-28' });
  expect(await screen.findByText('Nothing recorded')).toBeVisible();
  await waitFor(() => expect(asked.at(-1)).toBe('2026-02-28T18:15:00.000Z'));
});
