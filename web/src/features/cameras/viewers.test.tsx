import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { serve, show } from '../../../tests/render';
import type { StreamSession } from '../../api/types';
import { Viewers } from './Viewers';

const session = (change: Partial<StreamSession>): StreamSession => ({
  id: '1',
  cameraId: 1,
  viewer: 'Ana',
  road: 'webRtc',
  quality: 'main',
  client: 'Mozilla/5.0 (Linux; Android 14) Chrome/156.0',
  address: '192.168.1.9',
  startedAt: new Date(Date.now() - 65_000).toISOString(),
  endedAt: null,
  ...change,
});

describe('who watches', () => {
  it('says who watches, with what and for how long, and who watched', async () => {
    const recent = session({
      id: '2',
      viewer: 'Grandpa',
      road: 'mjpeg',
      startedAt: '2026-11-20T18:00:00Z',
      endedAt: '2026-11-20T19:30:00Z',
    });
    serve({ 'GET /api/v1/cameras/1/viewers': { now: [session({})], recent: [recent] } });
    show(<Viewers cameraId={1} zone="UTC" />);
    expect(await screen.findByText(/Chrome on Android · 192\.168\.1\.9 · WebRTC · for 1 min 5/)).toBeVisible();
    expect(screen.getByText(/20 Nov, 18:00, for 1 h 30 min · .*single pictures/)).toBeVisible();
  });

  it('says that nobody does', async () => {
    serve({ 'GET /api/v1/cameras/1/viewers': { now: [], recent: [] } });
    show(<Viewers cameraId={1} />);
    expect(await screen.findByText('Nobody watches now.')).toBeVisible();
  });
});
