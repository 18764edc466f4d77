import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { me, problem, serve, show } from '../../tests/render';
import { calls } from '../api/calls';
import { household } from '../api/household';
import { HouseholdSwitch } from './HouseholdSwitch';

const two = [
  { id: me.household.id, name: 'Home', place: 'owner' },
  { id: 7, name: "Grandma's home", place: 'guest' },
];

afterEach(() => household.forget());

describe('the household of a tab', () => {
  it('is not asked for where there is only one', async () => {
    serve({ 'GET /api/v1/me': { ...me, households: two.slice(0, 1) } });
    show(
      <>
        <HouseholdSwitch />
        <p>page</p>
      </>,
    );
    expect(await screen.findByText('page')).toBeVisible();
    expect(screen.queryByLabelText('Household')).not.toBeInTheDocument();
  });

  it('is chosen, kept for the tab, and named by every request and socket', async () => {
    const assign = vi.fn();
    const original = window.location;
    vi.stubGlobal('location', { ...original, assign });
    serve({ 'GET /api/v1/me': { ...me, households: two } });
    show(<HouseholdSwitch />);
    await userEvent.selectOptions(await screen.findByLabelText('Household'), "Grandma's home");
    expect(assign).toHaveBeenCalledWith('/app/');
    expect(household.get()).toBe('7');
    expect(household.into('/ws/live')).toBe('/ws/live?household=7');
    expect(household.into('/a?b=c')).toBe('/a?b=c&household=7');
    vi.stubGlobal('location', original);

    const sent: (string | null)[] = [];
    vi.stubGlobal('fetch', (request: Request) => {
      sent.push(request.headers.get('X-Vigil-Household'));
      return Promise.resolve(Response.json(me));
    });
    await calls.me();
    expect(sent).toEqual(['7']);
  });

  it('is forgotten when one does not belong to it any more', async () => {
    household.choose(7);
    let asked = 0;
    serve({ 'GET /api/v1/me': () => (asked++ === 0 ? problem(404, 'Not here.') : me) });
    expect(await calls.me()).toEqual(me);
    expect(household.get()).toBeNull();
    show(<HouseholdSwitch />);
    expect(await screen.findByRole('alert')).toHaveTextContent(/no longer belong.*its alarms do not reach you/);
    await userEvent.click(screen.getByRole('button', { name: 'OK' }));
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });
});
