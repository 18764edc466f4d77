import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { serve, show } from '../../../tests/render';
import { covers, lastingName, systemOf } from './system';
import { TrustPage } from './TrustPage';

const trust = {
  secureOrigin: 'https://localhost:8443',
  page: 'http://192.168.1.5:8000/trust',
  authority: { name: 'Vigil on pi (A26D)', fingerprint: '3B:66:B2' },
  names: ['pi.local', 'pi', 'localhost', '192.168.1.5', 'fd00::2'],
  validUntil: '2027-12-16T11:50:39.000Z',
};

const refused = () => {
  throw new TypeError('Failed to fetch');
};

describe('a device', () => {
  it('is known by its user agent', () => {
    expect(systemOf('Mozilla/5.0 (Linux; Android 15) Chrome/141 Mobile Safari/537.36', 5)).toBe('android');
    expect(systemOf('Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18 Safari/604.1', 5)).toBe('ios');
    expect(systemOf('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1', 5)).toBe('ios');
    expect(systemOf('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1', 0)).toBe('macos');
    expect(systemOf('Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141', 0)).toBe('windows');
    expect(systemOf('Mozilla/5.0 (X11; Linux x86_64) Chrome/141', 0)).toBe('linux');
  });

  it('is told by which address it can come', () => {
    expect(covers(trust.names, '192.168.1.5')).toBe(true);
    expect(covers(trust.names, '[fd00::2]')).toBe(true);
    expect(covers(trust.names, 'PI.local')).toBe(true);
    expect(covers(trust.names, '203.0.113.5')).toBe(false);
    expect(lastingName(trust.names)).toBe('pi.local');
    expect(lastingName(['localhost'])).toBe('localhost');
  });
});

describe('the page of trust', () => {
  it('shows where the device stands, what to install and how to know it', async () => {
    serve({ 'GET /api/v1/trust': trust, 'GET /trust/check': refused });
    show(<TrustPage />, { at: '/app/trust', path: '/app/trust' });
    expect(await screen.findByText(/does not trust Vigil yet/)).toBeVisible();
    expect(screen.getByText('3B:66:B2')).toBeVisible();
    await userEvent.selectOptions(screen.getByLabelText('This device is'), 'iPhone, iPad');
    expect(screen.getByText('Certificate Trust Settings')).toBeVisible();
    expect(screen.getByRole('link', { name: 'Download the profile' })).toHaveAttribute('href', '/trust/vigil.mobileconfig');
    await userEvent.selectOptions(screen.getByLabelText('This device is'), 'Android');
    expect(screen.getByRole('link', { name: 'Download the certificate' })).toHaveAttribute('href', '/trust/ca.crt');
    expect(screen.getByText('Use third party CA certificates')).toBeVisible();
    expect(screen.getByRole('link', { name: 'try it' })).toHaveAttribute('href', 'http://pi.local:8000/trust');
  });

  it('leads to https once the device trusts it', async () => {
    serve({ 'GET /api/v1/trust': trust, 'GET /trust/check': {} });
    show(<TrustPage />, { at: '/app/trust', path: '/app/trust' });
    expect(await screen.findByRole('link', { name: 'Open Vigil over https' })).toHaveAttribute('href', 'https://localhost:8443/app/');
  });

  it('says when the address is one that the certificate cannot have', async () => {
    serve({ 'GET /api/v1/trust': { ...trust, names: ['pi.local', '192.168.1.5'] } });
    show(<TrustPage />, { at: '/app/trust', path: '/app/trust' });
    expect(await screen.findByRole('alert')).toHaveTextContent(/which is none of a home.*pi\.local/);
  });

  it('has nothing to install where the certificate comes from elsewhere', async () => {
    serve({ 'GET /api/v1/trust': { ...trust, authority: null }, 'GET /trust/check': {} });
    show(<TrustPage />, { at: '/app/trust', path: '/app/trust' });
    expect(await screen.findByText('This device trusts Vigil.')).toBeVisible();
    expect(screen.queryByText('Install the certificate')).not.toBeInTheDocument();
  });
});
