// Stand-in for the generated schema until the server's OpenAPI document is checked in.
export type Setup = { needsOwner: boolean; needsCode: boolean; registrationOpen: boolean; version: string; serverName: string };
export type Place = 'owner' | 'parent' | 'guest';
export type ServerRole = 'superadmin' | 'admin' | 'dev' | 'visitor';
export type Me = {
  account: { id: number; uid: string; email: string; username: string; name: string | null; role: ServerRole };
  household: { id: number; name: string; timeZone: string; place: Place };
  households: { id: number; name: string; place: Place }[];
  session: { id: string; expiresAt: string };
};
export type Session = {
  id: number;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  userAgent: string | null;
  address: string | null;
  isCurrent: boolean;
};
export type Member = { accountId: number; name: string | null; email: string; place: Place };
export type StreamFacts = {
  codec: string;
  codecString: string;
  width: number;
  height: number;
  channels: number;
  clockRate: number;
  framesPerSecond: number;
  keyFrameIntervalSeconds: number;
  bitrateBps: number;
};
export type Failure =
  | 'none'
  | 'noAnswer'
  | 'nameNotFound'
  | 'addressDenied'
  | 'wrongPassword'
  | 'noSuchStream'
  | 'notACamera'
  | 'unsupportedCodec'
  | 'protocolError'
  | 'stalled'
  | 'ingestCrashed';
export type CameraStatus = {
  cameraId: number;
  state: 'connecting' | 'live' | 'offline' | 'paused';
  failure: Failure;
  detail: string;
  since: string;
  lastFrameAt: string | null;
  video: StreamFacts | null;
  audio: StreamFacts | null;
  reconnects: number;
  ingest: string;
};
export type Ingest = 'auto' | 'native' | 'ffmpeg';
export type Camera = {
  id: number;
  uid: string;
  name: string;
  location: string | null;
  address: string;
  subAddress: string | null;
  audioAddress: string | null;
  username: string | null;
  hasPassword: boolean;
  ingest: Ingest;
  paused: boolean;
  yellowThreshold: number;
  redThreshold: number;
  minClipSeconds: number;
  maxClipSeconds: number;
  quietSeconds: number;
  broadcastSeconds: number;
  preRollSeconds: number;
  postRollSeconds: number;
  recordOnAlert: boolean;
  isActive: boolean;
  status: CameraStatus;
  createdAt: string;
  updatedAt: string;
  access: 'view' | 'control' | 'admin';
};
export type TestResult = {
  success: boolean;
  failure: Failure;
  detail: string;
  video: StreamFacts | null;
  audio: StreamFacts | null;
  ingest: string;
  playsInBrowsers: boolean;
  advice: string | null;
};
export type Discovered = {
  name: string | null;
  manufacturer: string | null;
  model: string | null;
  host: string;
  onvifUrl: string | null;
  suggestedAddresses: string[];
};
export type Vendor = {
  make: string;
  models: { model: string; main: string; sub: string | null; defaultPort: number; note: string; audio: string | null }[];
};
export type CameraEvent = {
  id: string;
  cameraId: number;
  cameraName: string;
  kind: string;
  startedAt: string;
  endedAt: string | null;
  peak: number | null;
  level: 'yellow' | 'red' | null;
  detail: string | null;
  clip: { url: string; from: string; to: string; ready: boolean; durationSeconds: number } | null;
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
};
export type AdminAccount = {
  id: number;
  email: string;
  username: string;
  name: string | null;
  role: ServerRole;
  isActive: boolean;
  createdAt: string;
};
export type AdminSettings = { registration: 'closed' | 'private' | 'open'; defaultRole: ServerRole };
export type Storage = {
  dataDirectory: string;
  totalBytes: number;
  freeBytes: number;
  recordingsBytes: number;
  databaseBytes: number;
  cameras: { cameraId: number; bytes: number }[];
};
export type LevelHistory = { stepSeconds: number; points: { at: string; max: number; mean: number }[] };
export type AdminSession = Session & { accountId: number; username: string };
