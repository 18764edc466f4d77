import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes, useLocation } from 'react-router';
import { describe, expect, it } from 'vitest';
import { me, problem, serve, show } from '../../../tests/render';
import { Guard } from '../../app/Guard';
import { deviceWords } from '../../lib/deviceWords';
import { browserZone } from '../../lib/time';
import { inside, SignInPage } from './SignInPage';
import { RegisterPage, WelcomePage } from './WelcomePage';

const setup = { needsOwner: true, needsCode: false, registrationOpen: false, version: '1', serverName: 'home' };

const fill = async () => {
  await userEvent.type(await screen.findByLabelText(/E-mail/), 'ana@example.org');
  await userEvent.type(screen.getByLabelText(/^Password/), 'long enough');
  await userEvent.type(screen.getByLabelText(/Name of the household/), 'Our home');
};

describe('the first visit', () => {
  it('makes the owner and the household, in this browser’s time zone', async () => {
    const asked = serve({ 'GET /api/v1/setup': setup, 'POST /api/v1/setup': me });
    show(<WelcomePage />, { at: '/app/welcome', path: '/app/welcome' });
    await fill();
    expect(screen.queryByLabelText(/Set-up code/)).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('somewhere else')).toBeVisible();
    expect(asked.find(({ call }) => call === 'POST /api/v1/setup')?.body).toEqual({
      email: 'ana@example.org',
      password: 'long enough',
      householdName: 'Our home',
      timeZone: browserZone(),
    });
  });

  it('asks for the set-up code only where the server wants it', async () => {
    serve({ 'GET /api/v1/setup': { ...setup, needsCode: true } });
    show(<WelcomePage />, { at: '/app/welcome', path: '/app/welcome' });
    expect(await screen.findByLabelText(/Set-up code/)).toBeVisible();
  });

  it('does not send a short password', async () => {
    const asked = serve({ 'GET /api/v1/setup': setup });
    show(<WelcomePage />, { at: '/app/welcome', path: '/app/welcome' });
    await fill();
    await userEvent.clear(screen.getByLabelText(/^Password/));
    await userEvent.type(screen.getByLabelText(/^Password/), 'short');
    await userEvent.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('At least 8 characters.', { selector: '[class*=error]' })).toBeVisible();
    expect(asked.map(({ call }) => call)).not.toContain('POST /api/v1/setup');
  });

  it('puts the server’s word at the field it is about', async () => {
    serve({
      'GET /api/v1/setup': setup,
      'POST /api/v1/setup': () => problem(400, '', { errors: { Email: ['That is no e-mail address.'] } }),
    });
    show(<WelcomePage />, { at: '/app/welcome', path: '/app/welcome' });
    await fill();
    await userEvent.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('That is no e-mail address.')).toBeVisible();
    expect(screen.getByLabelText(/E-mail/)).toHaveAttribute('aria-invalid', 'true');
  });

  it('is over once there is an owner', async () => {
    serve({ 'GET /api/v1/setup': { ...setup, needsOwner: false } });
    show(<WelcomePage />, { at: '/app/welcome', path: '/app/welcome' });
    expect(await screen.findByText('somewhere else')).toBeVisible();
  });
});

function Where() {
  const { pathname, search, hash } = useLocation();
  return <p>{pathname + search + hash}</p>;
}

describe('signing in', () => {
  it('leads inside', async () => {
    const asked = serve({ 'GET /api/v1/setup': { ...setup, needsOwner: false }, 'POST /api/v1/session': me });
    show(<SignInPage />, { at: '/app/sign-in', path: '/app/sign-in' });
    await userEvent.type(screen.getByLabelText(/E-mail or user name/), ' ana ');
    await userEvent.type(screen.getByLabelText(/^Password/), ' with blanks ');
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('somewhere else')).toBeVisible();
    expect(asked.find(({ call }) => call === 'POST /api/v1/session')?.body).toEqual({ login: 'ana', password: ' with blanks ' });
  });

  it('says when it was wrong', async () => {
    serve({ 'GET /api/v1/setup': { ...setup, needsOwner: false }, 'POST /api/v1/session': () => problem(401, 'No.') });
    show(<SignInPage />, { at: '/app/sign-in', path: '/app/sign-in' });
    await userEvent.type(screen.getByLabelText(/E-mail or user name/), 'ana');
    await userEvent.type(screen.getByLabelText(/^Password/), 'x');
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('E-mail or password is wrong.');
  });

  it('sends a first visitor to the welcome', async () => {
    serve({ 'GET /api/v1/setup': setup });
    show(<SignInPage />, { at: '/app/sign-in', path: '/app/sign-in' });
    await waitFor(() => expect(screen.getByText('somewhere else')).toBeVisible());
  });

  it('brings a pairing code along, which no server is told before', async () => {
    serve({
      'GET /api/v1/setup': { ...setup, needsOwner: false },
      'GET /api/v1/me': () => problem(401, 'No.'),
      'POST /api/v1/session': me,
    });
    show(
      <Routes>
        <Route path="/app/pair" element={<Guard />} />
        <Route path="*" element={<Where />} />
      </Routes>,
      { at: '/app/pair#code=123456' },
    );
    expect(await screen.findByText('/app/sign-in?to=%2Fapp%2Fpair#code=123456')).toBeVisible();
    cleanup();
    show(
      <Routes>
        <Route path="/app/sign-in" element={<SignInPage />} />
        <Route path="*" element={<Where />} />
      </Routes>,
      { at: '/app/sign-in?to=%2Fapp%2Fpair#code=123456' },
    );
    await userEvent.type(screen.getByLabelText(/E-mail or user name/), 'ana');
    await userEvent.type(screen.getByLabelText(/^Password/), 'long enough');
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('/app/pair#code=123456')).toBeVisible();
  });

  it('keeps a scanned pairing code while somebody makes an account', async () => {
    serve({
      'GET /api/v1/setup': { ...setup, needsOwner: false, registrationOpen: true },
      'POST /api/v1/register': me,
    });
    show(
      <Routes>
        <Route path="/app/sign-in" element={<SignInPage />} />
        <Route path="/app/register" element={<RegisterPage />} />
        <Route path="*" element={<Where />} />
      </Routes>,
      { at: '/app/sign-in?to=%2Fapp%2Fpair#code=123456' },
    );
    await userEvent.click(await screen.findByRole('link', { name: 'Create an account' }));
    await fill();
    await userEvent.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('/app/pair#code=123456')).toBeVisible();
  });

  it('leads only to pages of this app', () => {
    expect(inside('/app/cameras/3?x=1')).toBe('/app/cameras/3?x=1');
    for (const elsewhere of [null, 'https://evil.test/app/', '//evil.test', '/api/v1/x', '/app/sign-in?to=/app/sign-in'])
      expect(inside(elsewhere)).toBe('/app/');
  });
});

describe('a sign-in', () => {
  it('is named after its device', () => {
    expect(deviceWords('Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18 Safari/604.1')).toBe('Safari on iPhone');
    expect(deviceWords('Mozilla/5.0 (Linux; Android 15) Chrome/141 Mobile Safari/537.36')).toBe('Chrome on Android');
    expect(deviceWords('curl/8.1')).toBe('curl');
    expect(deviceWords(null)).toBe('Unknown device');
  });
});
