import { answerOf, api, inHousehold } from './client';
import type { components } from './generated/schema';
import { household } from './household';
import { isStatus } from './problems';
import { homeLost } from './session';
import type * as T from './types';

type Bodies = components['schemas'];

export type NewOwner = Bodies['SetupRequest'];
export type EventFilter = { camera?: number; kind?: string; unanswered?: boolean; before?: string; limit?: number };

/** A household that one does not belong to any more is forgotten. */
async function whoAmI() {
  try {
    return await answerOf(api.GET('/api/v1/me'));
  } catch (problem) {
    if (household.get() === null || !isStatus(problem, 404)) throw problem;
    household.forget();
    homeLost.set(true);
    return await answerOf(api.GET('/api/v1/me'));
  }
}

/** Every question the pages ask, by name. */
export const calls = {
  trust: () => answerOf(api.GET('/api/v1/trust')),
  setup: () => answerOf(api.GET('/api/v1/setup')),
  createOwner: (body: NewOwner) => answerOf(api.POST('/api/v1/setup', { body })),
  signIn: (login: string, password: string) => answerOf(api.POST('/api/v1/session', { body: { login, password } })),
  signOut: () => answerOf(api.DELETE('/api/v1/session')),
  register: (body: Bodies['RegisterRequest']) => answerOf(api.POST('/api/v1/register', { body })),
  me: whoAmI,
  changePassword: (oldPassword: string, newPassword: string) =>
    answerOf(api.POST('/api/v1/me/password', { body: { oldPassword, newPassword } })),
  sessions: () => answerOf(api.GET('/api/v1/me/sessions')),
  endSession: (id: number) => answerOf(api.DELETE('/api/v1/me/sessions/{id}', { params: { path: { id } } })),

  changeHousehold: (body: Bodies['HouseholdPatch']) => answerOf(api.PATCH('/api/v1/household', { body })),
  members: () => answerOf(api.GET('/api/v1/household/members')),
  addMember: (body: Bodies['NewMemberRequest']) => answerOf(api.POST('/api/v1/household/members', { body })),
  changeMember: (accountId: number, place: T.Place) =>
    answerOf(api.PATCH('/api/v1/household/members/{accountId}', { params: { path: { accountId } }, body: { place } })),
  removeMember: (accountId: number) => answerOf(api.DELETE('/api/v1/household/members/{accountId}', { params: { path: { accountId } } })),

  accounts: () => answerOf(api.GET('/api/v1/admin/accounts')),
  changeAccount: (id: number, body: Bodies['AccountPatch']) =>
    answerOf(api.PATCH('/api/v1/admin/accounts/{id}', { params: { path: { id } }, body })),
  adminSettings: () => answerOf(api.GET('/api/v1/admin/settings')) as Promise<T.AdminSettings>,
  changeAdminSettings: (body: T.AdminSettings) => answerOf(api.PUT('/api/v1/admin/settings', { body })),
  adminSessions: () => answerOf(api.GET('/api/v1/admin/sessions')),
  endAdminSession: (id: number) => answerOf(api.DELETE('/api/v1/admin/sessions/{id}', { params: { path: { id } } })),
  storage: () => answerOf(api.GET('/api/v1/admin/storage')),
  servers: () => answerOf(api.GET('/api/v1/admin/servers')),

  cameras: () => answerOf(api.GET('/api/v1/cameras')) as Promise<T.Camera[]>,
  addCamera: (body: T.CameraFields) => answerOf(api.POST('/api/v1/cameras', { body })) as Promise<T.Camera>,
  changeCamera: (id: number, body: T.CameraFields) =>
    answerOf(api.PATCH('/api/v1/cameras/{id}', { params: { path: { id } }, body })) as Promise<T.Camera>,
  removeCamera: (id: number) => answerOf(api.DELETE('/api/v1/cameras/{id}', { params: { path: { id } } })),
  pauseCamera: (id: number, paused: boolean) =>
    answerOf(api.POST('/api/v1/cameras/{id}/pause', { params: { path: { id } }, body: { paused } })) as Promise<T.Camera>,
  playLullaby: (id: number, body: T.LullabyRequest) =>
    answerOf(api.PUT('/api/v1/cameras/{id}/lullaby', { params: { path: { id } }, body })),
  stopLullaby: (id: number) => answerOf(api.DELETE('/api/v1/cameras/{id}/lullaby', { params: { path: { id } } })),
  lullabies: () => answerOf(api.GET('/api/v1/lullabies')),
  addLullaby: (file: File) =>
    answerOf(
      api.POST('/api/v1/lullabies', {
        params: { query: { name: file.name.replace(/\.[a-z0-9]+$/i, '') } },
        body: file as never,
        bodySerializer: (body: unknown) => body as BodyInit,
        headers: { 'Content-Type': 'application/octet-stream' },
      }),
    ),
  removeLullaby: (id: string) => answerOf(api.DELETE('/api/v1/lullabies/{id}', { params: { path: { id } } })),
  testCamera: (body: T.TestFields) => answerOf(api.POST('/api/v1/cameras/test', { body })) as Promise<T.TestResult>,
  access: (id: number) => answerOf(api.GET('/api/v1/cameras/{id}/access', { params: { path: { id } } })),
  grant: (id: number, body: T.GrantFields) => answerOf(api.POST('/api/v1/cameras/{id}/access', { params: { path: { id } }, body })),
  revoke: (id: number, row: number) => answerOf(api.DELETE('/api/v1/cameras/{id}/access/{row}', { params: { path: { id, row } } })),
  discover: () => answerOf(api.POST('/api/v1/cameras/discover', { body: {} })),
  vendors: () => answerOf(api.GET('/api/v1/cameras/vendors')),
  levels: (id: number, from: string, to: string, step?: number) =>
    answerOf(api.GET('/api/v1/cameras/{id}/levels', { params: { path: { id }, query: { from, to, ...(step ? { step } : {}) } } })),

  health: (from: string, to: string) => answerOf(api.GET('/api/v1/health', { params: { query: { from, to } } })) as Promise<T.HealthView>,
  addReading: (body: Bodies['ReadingRequest']) => answerOf(api.POST('/api/v1/health/readings', { body })),
  healthSettings: () => answerOf(api.GET('/api/v1/health/settings')) as Promise<T.HealthSettings>,
  changeHealthRules: (body: T.HealthRules) => answerOf(api.PUT('/api/v1/health/settings', { body })),
  changeRoomLimits: (id: number, body: Bodies['RoomLimitRequest']) =>
    answerOf(api.PUT('/api/v1/cameras/{id}/room-limits', { params: { path: { id } }, body })),

  footage: (id: number, from: string, to: string) =>
    answerOf(api.GET('/api/v1/cameras/{id}/footage', { params: { path: { id }, query: { from, to } } })),
  cameraHealth: (id: number) => answerOf(api.GET('/api/v1/cameras/{id}/health', { params: { path: { id } } })) as Promise<T.CameraHealth>,
  ptz: (id: number) => answerOf(api.GET('/api/v1/cameras/{id}/ptz', { params: { path: { id } } })),
  ptzMove: (id: number, body: Bodies['PtzMoveRequest']) =>
    answerOf(api.POST('/api/v1/cameras/{id}/ptz/move', { params: { path: { id } }, body })),
  ptzStop: (id: number) => answerOf(api.POST('/api/v1/cameras/{id}/ptz/stop', { params: { path: { id } } })),
  ptzGo: (id: number, token: string) => answerOf(api.POST('/api/v1/cameras/{id}/ptz/go', { params: { path: { id } }, body: { token } })),
  viewers: (id: number) => answerOf(api.GET('/api/v1/cameras/{id}/viewers', { params: { path: { id } } })) as Promise<T.Viewers>,
  footageDays: (id: number, month: string) =>
    answerOf(api.GET('/api/v1/cameras/{id}/footage/days', { params: { path: { id }, query: { month } } })),

  runningRecordings: (id: number) =>
    answerOf(api.GET('/api/v1/cameras/{id}/recordings', { params: { path: { id }, query: { from: new Date().toISOString() } } })),
  recordings: (query: { cameraId?: number; kind?: T.RecordingKind; before?: string; limit?: number }) =>
    answerOf(api.GET('/api/v1/recordings', { params: { query } })),
  record: (id: number) => answerOf(api.POST('/api/v1/cameras/{id}/recordings', { params: { path: { id } }, body: {} })),
  stopRecording: (id: string) => answerOf(api.POST('/api/v1/recordings/{id}/stop', { params: { path: { id } } })),
  changeRecording: (id: string, body: Bodies['ChangeRecordingRequest']) =>
    answerOf(api.PATCH('/api/v1/recordings/{id}', { params: { path: { id } }, body })),
  removeRecording: (id: string) => answerOf(api.DELETE('/api/v1/recordings/{id}', { params: { path: { id } } })),

  footageStorage: () => answerOf(api.GET('/api/v1/storage')),
  offSite: () => answerOf(api.GET('/api/v1/storage/offsite')),
  limitFootage: (maxBytes: number | null) => answerOf(api.PUT('/api/v1/storage', { body: { maxBytes } })),
  keepFootage: (id: number, hours: number | null, maxBytes: number | null) =>
    answerOf(api.PUT('/api/v1/cameras/{id}/retention', { params: { path: { id } }, body: { hours, maxBytes } })),
  agreeToDelete: (id: number) => answerOf(api.POST('/api/v1/cameras/{id}/retention/agree', { params: { path: { id } } })),
  lookAgain: () => answerOf(api.POST('/api/v1/storage/look-again')),
  forgetMissing: (id: number) => answerOf(api.POST('/api/v1/cameras/{id}/retention/forget-missing', { params: { path: { id } } })),
  schedules: (cameraId: number) => answerOf(api.GET('/api/v1/schedules', { params: { query: { cameraId } } })),
  schedulePreview: (cameraId: number) => answerOf(api.GET('/api/v1/schedules/preview', { params: { query: { cameraId } } })),
  proposedSchedule: (body: T.ScheduleFields) => answerOf(api.POST('/api/v1/schedules/preview', { body })),
  addSchedule: (body: T.ScheduleFields) => answerOf(api.POST('/api/v1/schedules', { body })),
  changeSchedule: (id: string, body: T.ScheduleFields) => answerOf(api.PUT('/api/v1/schedules/{id}', { params: { path: { id } }, body })),
  removeSchedule: (id: string) => answerOf(api.DELETE('/api/v1/schedules/{id}', { params: { path: { id } } })),
  switchSchedule: (id: string, on: boolean) =>
    on
      ? answerOf(api.POST('/api/v1/schedules/{id}/activate', { params: { path: { id } } }))
      : answerOf(api.POST('/api/v1/schedules/{id}/deactivate', { params: { path: { id } } })),
  hearing: (id: number) => answerOf(api.GET('/api/v1/cameras/{id}/hearing', { params: { path: { id } } })),
  missedCry: (id: number) => answerOf(api.POST('/api/v1/cameras/{id}/hearing/missed', { params: { path: { id } } })),
  undoFeedback: (id: number, feedback: number) =>
    answerOf(api.DELETE('/api/v1/cameras/{id}/hearing/feedback/{feedback}', { params: { path: { id, feedback } } })),
  motion: (id: number) => answerOf(api.GET('/api/v1/cameras/{id}/motion', { params: { path: { id } } })),
  changeMotion: (id: number, body: T.MotionFields) => answerOf(api.PUT('/api/v1/cameras/{id}/motion', { params: { path: { id } }, body })),
  motionNow: (id: number) => answerOf(api.GET('/api/v1/cameras/{id}/motion/now', { params: { path: { id } } })),
  notACry: (id: string) => answerOf(api.POST('/api/v1/events/{id}/not-a-cry', { params: { path: { id } } })),
  cryCurve: (id: string) => answerOf(api.GET('/api/v1/events/{id}/cry', { params: { path: { id } } })),

  addRoomCamera: (body: Bodies['RoomCameraRequest']) =>
    answerOf(api.POST('/api/v1/room-cameras', { body })) as Promise<{ camera: T.Camera; pairing: T.Pairing }>,
  pairing: (id: number) => answerOf(api.POST('/api/v1/cameras/{id}/pairing', { params: { path: { id } } })),
  pair: (code: string, deviceName: string) => answerOf(api.POST('/api/v1/devices/pair', { body: { code, deviceName } })),
  devices: () => answerOf(api.GET('/api/v1/devices')),
  makeSensorKey: (id: number, name: string) =>
    answerOf(api.POST('/api/v1/cameras/{id}/device-keys', { params: { path: { id } }, body: { name, scopes: ['health'] } })),
  renameDevice: (id: number, name: string) => answerOf(api.PATCH('/api/v1/devices/{id}', { params: { path: { id } }, body: { name } })),
  revokeDevice: (id: number) => answerOf(api.DELETE('/api/v1/devices/{id}', { params: { path: { id } } })),

  signalDevices: () => answerOf(api.GET('/api/v1/signal-devices')),
  pairSignalDevice: (code: string, name?: string) =>
    answerOf(api.POST('/api/v1/signal-devices/pair', { body: { code, name: name ?? null } })) as Promise<T.SignalDevice>,
  changeSignalDevice: (id: number, body: Bodies['SignalDeviceRequest']) =>
    answerOf(api.PATCH('/api/v1/signal-devices/{id}', { params: { path: { id } }, body })),
  unpairDevice: (id: number) => answerOf(api.DELETE('/api/v1/signal-devices/{id}', { params: { path: { id } } })),
  rotateSecret: (id: number) => answerOf(api.POST('/api/v1/signal-devices/{id}/secret', { params: { path: { id } } })),
  giveDevice: (id: number) => answerOf(api.POST('/api/v1/signal-devices/{id}/transfer', { params: { path: { id } } })),

  events: (filter: EventFilter, home?: number) => answerOf(api.GET('/api/v1/events', { params: { query: filter }, ...inHousehold(home) })),
  event: (id: string, home?: number) => answerOf(api.GET('/api/v1/events/{id}', { params: { path: { id } }, ...inHousehold(home) })),
  acknowledge: (id: string, home?: number) =>
    answerOf(api.POST('/api/v1/events/{id}/acknowledge', { params: { path: { id } }, ...inHousehold(home) })),
};
