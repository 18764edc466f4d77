import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { cameraOf, problem, serve, show } from '../../../tests/render';
import type { HealthSettings as Settings } from '../../api/types';
import { HealthSettings } from './HealthSettings';
import { SensorKeys } from './SensorKeys';

const settings: Settings = {
  sickRule: 'cryingAndTemperature',
  feverAt: 38,
  bornOn: null,
  ageHints: false,
  ageHintSource: 'NICE guideline NG143, table 1',
  rooms: [{ cameraId: 1, tooCold: 16, tooHot: 24, tooHumid: null }],
};
const SETTINGS = '/api/v1/health/settings';
const cameras = [cameraOf(1, 'Nursery'), cameraOf(2, 'Attic'), cameraOf(3, 'Garden', { access: 'view' })];
const done = () => new Response(null, { status: 204 });

describe('what parents set about readings', () => {
  it('takes the rule, the temperature, the birthday and the hints, and names their source', async () => {
    const asked = serve({ [`GET ${SETTINGS}`]: settings, 'GET /api/v1/cameras': cameras, [`PUT ${SETTINGS}`]: done });
    show(<HealthSettings zone="Europe/Berlin" />);
    const user = userEvent.setup();
    expect(await screen.findByRole('radio', { name: 'Crying and a high temperature' })).toBeChecked();
    expect(screen.getByText(/never a diagnosis/)).toBeVisible();
    const save = screen.getByRole('button', { name: 'Save' });
    expect(save).toBeDisabled();
    await user.click(screen.getByRole('radio', { name: 'Temperature only' }));
    const fever = screen.getByLabelText('High temperature from');
    await user.clear(fever);
    expect(save).toBeDisabled();
    await user.type(fever, '38.5');
    await user.click(screen.getByRole('switch', { name: /^Hints for the first three months/ }));
    expect(screen.getByText(/Source: NICE guideline NG143, table 1\./)).toBeVisible();
    expect(screen.getByText(/Without the birthday/)).toBeVisible();
    expect(screen.getByText(/the alarm only from 38\.5 °C/)).toBeVisible();
    await user.type(screen.getByLabelText('Birthday of the child'), '2026-01-02');
    expect(screen.queryByText(/Without the birthday/)).toBeNull();
    await user.click(save);
    expect(await screen.findByText(/^Saved/)).toBeVisible();
    expect(asked.find(({ call }) => call === `PUT ${SETTINGS}`)?.body).toEqual({
      sickRule: 'temperatureOnly',
      feverAt: 38.5,
      bornOn: '2026-01-02',
      ageHints: true,
    });
    expect(save).toBeDisabled();
  });

  it('takes limits for each room that one may change, and none where a field is empty', async () => {
    const asked = serve({
      [`GET ${SETTINGS}`]: settings,
      'GET /api/v1/cameras': cameras,
      'PUT /api/v1/cameras/1/room-limits': done,
      'PUT /api/v1/cameras/2/room-limits': () => problem(503, ''),
    });
    show(<HealthSettings />);
    const user = userEvent.setup();
    const nursery = within(await screen.findByRole('form', { name: 'Limits for Nursery' }));
    expect(screen.queryByText('Garden')).toBeNull();
    await user.clear(nursery.getByLabelText('Too hot'));
    await user.type(nursery.getByLabelText('Too hot'), '15,5');
    await user.click(nursery.getByRole('button'));
    expect(nursery.getByRole('alert')).toHaveTextContent('“Too cold” has to be lower than “too hot”.');
    await user.clear(nursery.getByLabelText('Too cold'));
    await user.type(nursery.getByLabelText('Too humid'), '65');
    await user.click(nursery.getByRole('button'));
    expect(await nursery.findByText('Saved.')).toBeVisible();
    expect(asked.filter(({ call }) => call.startsWith('PUT')).map(({ body }) => body)).toEqual([
      { tooCold: null, tooHot: 15.5, tooHumid: 65 },
    ]);
    const attic = within(screen.getByRole('form', { name: 'Limits for Attic' }));
    await user.type(attic.getByLabelText('Too cold'), '17');
    await user.click(attic.getByRole('button'));
    expect(await attic.findByRole('alert')).toHaveTextContent('That was not changed. The database is away.');
    expect(attic.getByLabelText('Too cold')).toHaveValue('17 °C');
  });

  it('says when the settings cannot be read, and reads them again on request', async () => {
    let away = true;
    serve({ [`GET ${SETTINGS}`]: () => (away ? problem(403, 'You may not do this here.') : settings), 'GET /api/v1/cameras': [] });
    show(<HealthSettings />);
    const [again] = await screen.findAllByRole('button', { name: 'Try again' });
    expect(screen.getAllByText(/could not be read\. You may not do this here\./)).toHaveLength(2);
    away = false;
    await userEvent.click(again as HTMLElement);
    expect(await screen.findByRole('radio', { name: 'Temperature only' })).not.toBeChecked();
    expect(screen.getByText(/There is no camera yet/)).toBeVisible();
  });
});

describe('sensors that send by themselves', () => {
  const sensor = { id: 7, cameraId: 1, cameraName: 'Nursery', name: 'ESP32', prefix: 'abcdefgh', scopes: ['health'], lastSeenAt: null };
  const phone = { ...sensor, id: 8, name: 'Old phone', scopes: ['publish'] };

  it('shows a new key once, with the line that sends a reading', async () => {
    const asked = serve({
      'GET /api/v1/cameras': [cameraOf(1, 'Nursery', { access: 'admin' }), cameraOf(2, 'Attic', { access: 'admin' }), cameras[2]],
      'GET /api/v1/devices': [phone],
      'POST /api/v1/cameras/2/device-keys': { id: 9, key: 'abcdefgh.secret' },
    });
    show(<SensorKeys />);
    const user = userEvent.setup();
    expect(await screen.findByText('No sensor has a key yet.')).toBeVisible();
    expect(screen.queryByText('Old phone')).toBeNull();
    const make = screen.getByRole('button', { name: 'Make a key' });
    expect(make).toBeDisabled();
    await user.type(screen.getByLabelText(/^A new sensor/), ' Thermometer ');
    expect(screen.queryByRole('option', { name: 'Garden' })).toBeNull();
    await user.selectOptions(screen.getByLabelText('Its room'), 'Attic');
    await user.click(make);
    expect(await screen.findByRole('status')).toHaveTextContent('shown only now: abcdefgh.secret');
    expect(screen.getByRole('status')).toHaveTextContent(
      /Bearer abcdefgh\.secret" -F temperature=21\.4 -F humidity=48 http.*\/health\/upload$/,
    );
    expect(asked.find(({ call }) => call.startsWith('POST'))?.body).toEqual({ name: 'Thermometer', scopes: ['health'] });
    expect(asked.filter(({ call }) => call === 'GET /api/v1/devices')).toHaveLength(2);
  });

  it('takes a key away in two taps, and says when it could not', async () => {
    let listed = [sensor];
    const answers = [() => problem(503, ''), () => done()];
    serve({
      'GET /api/v1/cameras': [cameraOf(1, 'Nursery', { access: 'admin' })],
      'GET /api/v1/devices': () => listed,
      'DELETE /api/v1/devices/7': () => answers.shift()?.(),
    });
    show(<SensorKeys />);
    const user = userEvent.setup();
    expect(await screen.findByText(/Nursery · has sent nothing yet · key abcdefgh…/)).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Take the key of ESP32 away' }));
    await user.click(screen.getByRole('button', { name: 'Yes, it sends no more' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('The database is away.');
    listed = [];
    await user.click(screen.getByRole('button', { name: 'Yes, it sends no more' }));
    expect(await screen.findByText('No sensor has a key yet.')).toBeVisible();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('is not there for those who may not make keys', async () => {
    const asked = serve({ 'GET /api/v1/cameras': [cameras[2]] });
    show(<SensorKeys />);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(screen.queryByText('Sensors')).toBeNull();
  });
});
