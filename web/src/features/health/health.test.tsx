import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { cameraOf, problem, serve, show } from '../../../tests/render';
import type { HealthSettings as Settings } from '../../api/types';
import { HealthSettings } from './HealthSettings';

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
