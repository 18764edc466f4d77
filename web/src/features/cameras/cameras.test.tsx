import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { cameraOf, me, problem, serve, show } from '../../../tests/render';
import { AddCameraPage } from './AddCameraPage';
import { CameraSettingsPage } from './CameraSettingsPage';
import { bodyOf, emptySource, fillPattern, hiddenParts, splitCredentials, worthSaving } from './source';

const facts = {
  codec: 'H.264',
  codecString: 'avc1.64001f',
  width: 1920,
  height: 1080,
  channels: 0,
  clockRate: 90_000,
  framesPerSecond: 25,
  keyFrameIntervalSeconds: 2,
  bitrateBps: 1,
};
const good = { success: true, failure: 'none', detail: '', video: facts, audio: null, ingest: 'native', playsInBrowsers: true, advice: '' };
const wrong = { ...good, success: false, failure: 'wrongPassword', video: null, playsInBrowsers: false, detail: '401' };

describe('adding a camera', () => {
  const open = (way: string, answers: Parameters<typeof serve>[0]) => {
    const asked = serve({ 'GET /api/v1/me': me, 'POST /api/v1/cameras/discover': [], ...answers });
    show(<AddCameraPage />, { at: `/app/cameras/new?way=${way}`, path: '/app/cameras/new' });
    return asked;
  };

  it('by its address: test, name, save; the password leaves the address at once', async () => {
    const asked = open('address', {
      'POST /api/v1/cameras/test': good,
      'POST /api/v1/cameras': cameraOf(7, 'Nursery'),
      'GET /api/v1/cameras': [],
    });
    await userEvent.type(screen.getByLabelText(/Camera address/), 'rtsp://me:s%40cret@10.0.0.9/live');
    await userEvent.click(screen.getByRole('button', { name: 'Test' }));
    expect(await screen.findByText('The camera answers.')).toBeVisible();
    expect(screen.getByText('H.264, 1920 × 1080, 25 pictures a second, key picture every 2 s')).toBeVisible();
    expect(screen.getByText(/No sound: noise cannot be noticed/)).toBeVisible();
    expect(screen.getByLabelText(/Camera address/)).toHaveValue('rtsp://10.0.0.9/live');
    await userEvent.type(screen.getByLabelText(/^Name/), 'Nursery');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('somewhere else')).toBeVisible();
    expect(asked.find(({ call }) => call === 'POST /api/v1/cameras')?.body).toMatchObject({
      name: 'Nursery',
      address: 'rtsp://10.0.0.9/live',
      username: 'me',
      password: 's@cret',
    });
  });

  it('says in plain words what is wrong, and does not offer to save that', async () => {
    open('address', { 'POST /api/v1/cameras/test': wrong });
    await userEvent.type(screen.getByLabelText(/Camera address/), 'rtsp://10.0.0.9/live');
    await userEvent.click(screen.getByRole('button', { name: 'Test' }));
    expect(await screen.findByRole('alert')).toHaveTextContent(/User name or password is wrong/);
    expect(screen.queryByRole('button', { name: 'Save' })).not.toBeInTheDocument();
  });

  it('puts a refused address at its field', async () => {
    open('address', {
      'POST /api/v1/cameras/test': () => problem(400, '', { errors: { address: ['Only rtsp, rtsps, http and https.'] } }),
    });
    await userEvent.type(screen.getByLabelText(/Camera address/), 'file:///etc/passwd');
    await userEvent.click(screen.getByRole('button', { name: 'Test' }));
    expect(await screen.findByText('Only rtsp, rtsps, http and https.')).toBeVisible();
  });

  it('warns about video that browsers cannot play', async () => {
    open('address', { 'POST /api/v1/cameras/test': { ...good, playsInBrowsers: false, advice: 'Set it to H.264.' } });
    await userEvent.type(screen.getByLabelText(/Camera address/), 'rtsp://10.0.0.9/live');
    await userEvent.click(screen.getByRole('button', { name: 'Test' }));
    expect(await screen.findByText(/Most browsers cannot play this video/)).toBeVisible();
  });

  it('found at home: one tap fills the address', async () => {
    open('found', {
      'POST /api/v1/cameras/discover': [
        {
          name: 'Crib',
          manufacturer: 'Acme',
          model: 'C1',
          host: '10.0.0.5',
          onvifUrl: 'http://10.0.0.5/onvif',
          suggestedAddresses: ['rtsp://10.0.0.5/a', 'rtsp://10.0.0.5/b'],
        },
      ],
    });
    await userEvent.click(await screen.findByRole('button', { name: /Crib/ }));
    expect(screen.getByLabelText(/Camera address/)).toHaveValue('rtsp://10.0.0.5/a');
    expect(screen.getByLabelText(/Small picture/)).toHaveValue('rtsp://10.0.0.5/b');
  });

  it('found none: says what to do', async () => {
    open('found', {});
    expect(await screen.findByText(/None answered/)).toBeVisible();
  });

  it('by make and model: the address is made from the pattern', async () => {
    open('model', {
      'GET /api/v1/cameras/vendors': [
        {
          make: 'Acme',
          models: [{ model: 'Any', main: 'rtsp://{host}:{port}/ch{channel}', sub: null, defaultPort: 554, note: '', audio: null }],
        },
      ],
    });
    await userEvent.type(await screen.findByLabelText(/IP address/), '10.0.0.7');
    expect(screen.getByLabelText(/Camera address/)).toHaveValue('rtsp://10.0.0.7:554/ch1');
  });
});

describe('settings of a camera', () => {
  it('save what changed and keep the password', async () => {
    const asked = serve({
      'GET /api/v1/me': me,
      'GET /api/v1/cameras': [cameraOf(1, 'Nursery', { hasPassword: true })],
      'PATCH /api/v1/cameras/1': (body: object) => cameraOf(1, 'Nursery', body),
    });
    show(<CameraSettingsPage />, { at: '/app/cameras/1/settings', path: '/app/cameras/:id/settings' });
    const name = await screen.findByLabelText(/^Name/);
    await userEvent.clear(name);
    await userEvent.type(name, 'Crib');
    await userEvent.click(screen.getAllByRole('button', { name: 'Save' })[0] as HTMLElement);
    expect(await screen.findByText('Saved.')).toBeVisible();
    const body = asked.find(({ call }) => call.startsWith('PATCH'))?.body;
    expect(body).toMatchObject({ name: 'Crib', subAddress: '' });
    expect(body).not.toHaveProperty('password');
  });

  it('remove only after a second thought', async () => {
    const asked = serve({
      'GET /api/v1/me': me,
      'GET /api/v1/cameras': [cameraOf(1, 'Nursery')],
      'DELETE /api/v1/cameras/1': () => new Response(null, { status: 204 }),
    });
    show(<CameraSettingsPage />, { at: '/app/cameras/1/settings', path: '/app/cameras/:id/settings' });
    await userEvent.click(await screen.findByRole('button', { name: 'Remove' }));
    expect(asked.map(({ call }) => call)).not.toContain('DELETE /api/v1/cameras/1');
    await userEvent.click(screen.getByRole('button', { name: 'Yes, remove Nursery' }));
    await waitFor(() => expect(screen.getByText('somewhere else')).toBeVisible());
  });

  it('are closed to who may only look', async () => {
    serve({ 'GET /api/v1/me': me, 'GET /api/v1/cameras': [cameraOf(1, 'Nursery', { access: 'control' })] });
    show(<CameraSettingsPage />, { at: '/app/cameras/1/settings', path: '/app/cameras/:id/settings' });
    expect(await screen.findByText('Not yours to change')).toBeVisible();
  });
});

describe('an address', () => {
  it('loses its credentials and nothing else', () => {
    expect(splitCredentials({ ...emptySource, address: ' rtsp://u:p@h:554/a?b=c ' })).toMatchObject({
      address: 'rtsp://h:554/a?b=c',
      username: 'u',
      password: 'p',
    });
    expect(splitCredentials({ ...emptySource, address: 'rtsp://u:p%zz@h/' }).password).toBe('p%zz');
    expect(splitCredentials({ ...emptySource, address: 'rtsp://u:a@b@h/' })).toMatchObject({ address: 'rtsp://h/', password: 'a@b' });
    const plain = { ...emptySource, address: 'http://h/a@b' };
    expect(splitCredentials(plain)).toBe(plain);
  });
  it('says which of its parts are hidden', () => {
    expect(hiddenParts(emptySource)).toBeUndefined();
    const some = { ...emptySource, address: 'http://h/?pwd={password}&k={secret1}', subAddress: 'http://h/?k={secret1}' };
    expect(hiddenParts(some)).toMatch(/^\{password\} and \{secret1\}: hidden/);
  });
  it('is made from a pattern', () => {
    expect(fillPattern('rtsp://{host}:{port}/{channel}/{channel}', ' h ', 554, 2)).toBe('rtsp://h:554/2/2');
  });
  it('goes to the server without a password that was not typed', () => {
    expect(bodyOf(emptySource)).not.toHaveProperty('password');
  });
  it('that does not answer yet may be saved; one that is wrong may not', () => {
    expect(worthSaving({ ...good, failure: 'none' } as never)).toBe(true);
    expect(worthSaving({ ...wrong, failure: 'noAnswer' } as never)).toBe(true);
    expect(worthSaving(wrong as never)).toBe(false);
  });
});
