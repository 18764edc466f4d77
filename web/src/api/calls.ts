import { noAnswer, problemFrom } from './problems';
import type * as T from './types';

// Stand-in with plain fetch until the generated client takes over.
async function ask<R>(method: string, path: string, body?: unknown): Promise<R> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  } catch {
    throw noAnswer();
  }
  const text = await answer.text();
  let parsed: unknown = null;
  try {
    parsed = text ? JSON.parse(text) : null;
  } catch {
    parsed = null;
  }
  if (!answer.ok) throw problemFrom(answer.status, parsed);
  return parsed as R;
}

export type NewOwner = { email: string; password: string; name?: string; householdName: string; timeZone: string; code?: string };
export type NewAccount = { email: string; password: string; name?: string; householdName: string; timeZone: string };
export type CameraFields = Partial<
  Pick<
    T.Camera,
    | 'name'
    | 'location'
    | 'address'
    | 'subAddress'
    | 'audioAddress'
    | 'username'
    | 'ingest'
    | 'yellowThreshold'
    | 'redThreshold'
    | 'minClipSeconds'
    | 'maxClipSeconds'
    | 'quietSeconds'
    | 'preRollSeconds'
    | 'postRollSeconds'
    | 'recordOnAlert'
    | 'isActive'
  >
> & { password?: string };
export type TestFields = {
  address: string;
  username?: string | null;
  password?: string;
  subAddress?: string | null;
  audioAddress?: string | null;
  ingest?: T.Ingest;
  cameraId?: number;
};
export type EventFilter = { camera?: number; kind?: string; before?: string; limit?: number };

function query(values: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== undefined && value !== '') search.set(key, String(value));
  const text = search.toString();
  return text ? `?${text}` : '';
}

export const calls = {
  setup: () => ask<T.Setup>('GET', '/api/v1/setup'),
  createOwner: (body: NewOwner) => ask<T.Me>('POST', '/api/v1/setup', body),
  signIn: (login: string, password: string) => ask<T.Me>('POST', '/api/v1/session', { login, password }),
  signOut: () => ask<null>('DELETE', '/api/v1/session'),
  register: (body: NewAccount) => ask<T.Me>('POST', '/api/v1/register', body),
  me: () => ask<T.Me>('GET', '/api/v1/me'),
  changePassword: (oldPassword: string, newPassword: string) => ask<null>('POST', '/api/v1/me/password', { oldPassword, newPassword }),
  sessions: () => ask<T.Session[]>('GET', '/api/v1/me/sessions'),
  endSession: (id: number) => ask<null>('DELETE', `/api/v1/me/sessions/${id}`),

  changeHousehold: (body: { name?: string; timeZone?: string }) => ask<unknown>('PATCH', '/api/v1/household', body),
  members: () => ask<T.Member[]>('GET', '/api/v1/household/members'),
  addMember: (body: { email: string; password: string; name?: string; place: T.Place }) =>
    ask<unknown>('POST', '/api/v1/household/members', body),
  changeMember: (id: number, place: T.Place) => ask<unknown>('PATCH', `/api/v1/household/members/${id}`, { place }),
  removeMember: (id: number) => ask<null>('DELETE', `/api/v1/household/members/${id}`),

  accounts: () => ask<T.AdminAccount[]>('GET', '/api/v1/admin/accounts'),
  changeAccount: (id: number, body: { role?: T.ServerRole; isActive?: boolean }) =>
    ask<unknown>('PATCH', `/api/v1/admin/accounts/${id}`, body),
  adminSettings: () => ask<T.AdminSettings>('GET', '/api/v1/admin/settings'),
  changeAdminSettings: (body: T.AdminSettings) => ask<unknown>('PUT', '/api/v1/admin/settings', body),
  adminSessions: () => ask<T.AdminSession[]>('GET', '/api/v1/admin/sessions'),
  endAdminSession: (id: number) => ask<null>('DELETE', `/api/v1/admin/sessions/${id}`),
  storage: () => ask<T.Storage>('GET', '/api/v1/admin/storage'),

  cameras: () => ask<T.Camera[]>('GET', '/api/v1/cameras'),
  addCamera: (body: CameraFields) => ask<T.Camera>('POST', '/api/v1/cameras', body),
  changeCamera: (id: number, body: CameraFields) => ask<T.Camera>('PATCH', `/api/v1/cameras/${id}`, body),
  removeCamera: (id: number) => ask<null>('DELETE', `/api/v1/cameras/${id}`),
  pauseCamera: (id: number, paused: boolean) => ask<T.Camera>('POST', `/api/v1/cameras/${id}/pause`, { paused }),
  testCamera: (body: TestFields) => ask<T.TestResult>('POST', '/api/v1/cameras/test', body),
  discover: () => ask<T.Discovered[]>('POST', '/api/v1/cameras/discover'),
  vendors: () => ask<T.Vendor[]>('GET', '/api/v1/cameras/vendors'),
  levels: (id: number, from: string, to: string) => ask<T.LevelHistory>('GET', `/api/v1/cameras/${id}/levels${query({ from, to })}`),

  events: (filter: EventFilter) => ask<{ events: T.CameraEvent[]; next: string | null }>('GET', `/api/v1/events${query(filter)}`),
  event: (id: string) => ask<T.CameraEvent>('GET', `/api/v1/events/${id}`),
  acknowledge: (id: string) => ask<T.CameraEvent>('POST', `/api/v1/events/${id}/acknowledge`),
};
