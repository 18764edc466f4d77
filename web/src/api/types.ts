import type { components } from './generated/schema';

// Short names for what the API speaks. The server always writes every field; the document marks those with a default as optional.

type Schemas = components['schemas'];

export type Setup = Schemas['SetupState'];
export type TrustView = Schemas['TrustView'];
export type Me = Schemas['Me'];
export type Place = Schemas['Place'];
export type ServerRole = Schemas['ServerRole'];
export type Session = Schemas['MySession'];
export type AdminSession = Schemas['AdminSession'];
export type Member = Schemas['MemberBody'];
export type AdminAccount = Schemas['AccountBody'];
export type AdminSettings = Required<Schemas['ServerSettingValues']>;
export type Storage = Schemas['StorageBody'];

export type Failure = Schemas['FeedFailure'];
export type StreamFacts = Required<Schemas['StreamFacts']>;
export type Ingest = 'auto' | 'native' | 'ffmpeg';
type Streams = { video: StreamFacts | null; audio: StreamFacts | null };
export type CameraStatus = Omit<Required<Schemas['CameraStatus']>, keyof Streams> & Streams;
export type CrySensitivity = 'off' | 'low' | 'normal' | 'high';
export type Camera = Omit<Schemas['CameraView'], 'status' | 'ingest' | 'crySensitivity'> & {
  status: CameraStatus;
  ingest: Ingest;
  crySensitivity: CrySensitivity;
};
export type StreamHealth = Required<Schemas['StreamHealth']>;
export type CameraHealth = Omit<Schemas['CameraHealthView'], 'status' | 'streams'> & { status: CameraStatus; streams: StreamHealth[] };
export type StreamSession = Required<Schemas['StreamSession']>;
export type Viewers = { now: StreamSession[]; recent: StreamSession[] };
export type FootageStorage = Schemas['RetentionView'];
export type CameraFields = Schemas['CameraRequest'];
export type TestFields = Schemas['CameraTestRequest'];
export type TestResult = Omit<Required<Schemas['CameraTestView']>, keyof Streams> & Streams;
export type CameraLevel = Schemas['CameraLevel'];
export type CameraAccess = Schemas['CameraAccessView'];
export type Grant = Schemas['GrantView'];
export type GrantFields = Schemas['GrantRequest'];
export type Person = Schemas['PersonView'];
export type Discovered = Schemas['FoundCamera'];
export type Vendor = Schemas['Vendor'];
export type LevelHistory = Schemas['LevelsView'];

export type Recording = Schemas['RecordingView'];
export type RecordingKind = Schemas['RecordingKind'];
export type Schedule = Schemas['ScheduleView'];
export type ScheduleFields = Schemas['ScheduleRequest'];
export type SchedulePreview = Schemas['SchedulePreview'];
export type PreviewSpan = Schemas['PreviewSpan'];
export type WeekDay = Schemas['DayOfWeek'];

export type EventKind = Schemas['EventKind'];
export type CameraEvent = Schemas['EventView'];
export type Hearing = Schemas['HearingView'];
export type Motion = Schemas['MotionView'];
export type MotionFields = Schemas['MotionRequest'];
export type MotionArea = Schemas['MotionArea'];
export type MotionNow = Schemas['MotionNowView'];
export type CryCurve = Schemas['CryView'];
export type EventPage = Schemas['EventPage'];

/** The phone of a room camera, as parents see it. */
export type LullabySound = Schemas['LullabySound'];
export type LullabyFile = Schemas['LullabyFile'];
export type LullabyRequest = Schemas['LullabyRequest'];
export type RoomPhone = Schemas['RoomState'];
export type Pairing = Schemas['PairingView'];
export type SignalDevice = Schemas['SignalDeviceView'];
export type Device = Schemas['DeviceView'];

export type HealthView = Omit<Schemas['HealthView'], 'points'> & { points: Required<Schemas['ReadingBucket']>[] };
export type RoomLimit = Required<Schemas['RoomLimit']>;
export type HealthRules = Required<Schemas['HealthSettingsRequest']>;
export type HealthSettings = Omit<Schemas['HealthSettingsView'], 'rooms'> & { rooms: RoomLimit[] };
