import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { cameraOf, serve, show } from '../../../tests/render';
import type { RoomPhone } from '../../api/types';
import { LullabyPanel } from './LullabyPanel';

const room: RoomPhone = {
  online: true,
  lastSeenAt: null,
  deviceName: 'Old phone',
  battery: null,
  charging: null,
  rttMs: null,
  lossPercent: null,
  microphone: null,
  talker: null,
  lullaby: null,
};

describe('the lullaby', () => {
  it('is started with what was chosen', async () => {
    const asked = serve({ 'PUT /api/v1/cameras/3/lullaby': {}, 'GET /api/v1/cameras': [] });
    show(<LullabyPanel camera={cameraOf(3, 'Nursery', { room })} />);
    await userEvent.selectOptions(screen.getByLabelText('Sound'), 'Music box');
    await userEvent.selectOptions(screen.getByLabelText('For'), '2 h');
    expect(asked).toHaveLength(0);
    await userEvent.click(screen.getByRole('button', { name: 'Play in the room' }));
    await waitFor(() => expect(asked[0]).toMatchObject({ body: { sound: 'melody', minutes: 120, volume: 0.4 } }));
  });

  it('that plays is named, changed without touching its end, and ended', async () => {
    const until = new Date(Date.now() + 600_000).toISOString();
    const lullaby = { sound: 'brown' as const, volume: 0.3, startedBy: 'Ben', startedAt: until, until };
    const asked = serve({
      'PUT /api/v1/cameras/3/lullaby': {},
      'DELETE /api/v1/cameras/3/lullaby': () => new Response(null, { status: 204 }),
      'GET /api/v1/cameras': [],
    });
    show(<LullabyPanel camera={cameraOf(3, 'Nursery', { room: { ...room, lullaby } })} />);
    expect(screen.getByRole('status')).toHaveTextContent(/Wind .* plays until .* Started by Ben/);
    await userEvent.selectOptions(screen.getByLabelText('Sound'), 'Heartbeat');
    await waitFor(() => expect(asked[0]).toMatchObject({ body: { sound: 'heartbeat', minutes: null, volume: 0.3 } }));
    await userEvent.click(screen.getByRole('button', { name: 'End the lullaby' }));
    await waitFor(() => expect(asked.map(({ call }) => call)).toContain('DELETE /api/v1/cameras/3/lullaby'));
  });
});
