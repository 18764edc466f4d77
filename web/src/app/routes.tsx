import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import type { Camera } from '../api/types';
import { AccountPage } from '../features/accounts/AccountPage';
import { SignInPage } from '../features/accounts/SignInPage';
import { RegisterPage, WelcomePage } from '../features/accounts/WelcomePage';
import { EventList } from '../features/events/EventList';
import { EventsPage } from '../features/events/EventsPage';
import { HouseholdPage } from '../features/family/HouseholdPage';
import { CameraPage } from '../features/live/CameraPage';
import { Picture } from '../features/live/Picture';
import { WallPage } from '../features/live/WallPage';
import { RecordButton } from '../features/recordings/RecordButton';
import { Loading } from '../ui/States';
import { Guard } from './Guard';

// What is rarely opened is loaded when it is.
const AddCameraPage = lazy(() => import('../features/cameras/AddCameraPage').then((module) => ({ default: module.AddCameraPage })));
const CameraSettingsPage = lazy(() =>
  import('../features/cameras/CameraSettingsPage').then((module) => ({ default: module.CameraSettingsPage })),
);
const CameraHealthPage = lazy(() =>
  import('../features/cameras/CameraHealthPage').then((module) => ({ default: module.CameraHealthPage })),
);
const HealthPage = lazy(() => import('../features/health/HealthPage').then((module) => ({ default: module.HealthPage })));
const ListenPage = lazy(() => import('../features/live/ListenPage').then((module) => ({ default: module.ListenPage })));
const RecordingsPage = lazy(() => import('../features/recordings/RecordingsPage').then((module) => ({ default: module.RecordingsPage })));
const FootageRoom = lazy(() => import('../features/recordings/FootageRoom').then((module) => ({ default: module.FootageRoom })));
const SchedulesPage = lazy(() => import('../features/recordings/SchedulesPage').then((module) => ({ default: module.SchedulesPage })));
const ShareButton = lazy(() => import('../features/cameras/ShareSheet').then((module) => ({ default: module.ShareButton })));
const TimelinePage = lazy(() => import('../features/timeline/TimelinePage').then((module) => ({ default: module.TimelinePage })));
const WallTimelinePage = lazy(() =>
  import('../features/timeline/WallTimelinePage').then((module) => ({ default: module.WallTimelinePage })),
);
const TrustPage = lazy(() => import('../features/trust/TrustPage').then((module) => ({ default: module.TrustPage })));
const AddPhone = lazy(() => import('../features/devices/AddPhone').then((module) => ({ default: module.AddPhone })));
const RoomDevices = lazy(() => import('../features/devices/RoomDevices').then((module) => ({ default: module.RoomDevices })));
const PairDevice = lazy(() => import('../features/devices/PairDevice').then((module) => ({ default: module.PairDevice })));
const PairDevicePage = lazy(() => import('../features/devices/PairDevice').then((module) => ({ default: module.PairDevicePage })));
const PairedDevice = lazy(() => import('../features/devices/PairedDevice').then((module) => ({ default: module.PairedDevice })));
const RoomPage = lazy(() => import('../features/devices/RoomPage').then((module) => ({ default: module.RoomPage })));
const AdminPage = lazy(() => import('../features/accounts/AdminPage').then((module) => ({ default: module.AdminPage })));

const phone = <AddPhone picture={(camera) => <Picture camera={camera} tile />} />;
const livePicture = (camera: Camera) => <Picture camera={camera} />;
const roomDevices = (camera: Camera) => (camera.peer ? <PairedDevice camera={camera} /> : <RoomDevices camera={camera} />);
const share = (camera: Camera) => <ShareButton camera={camera} />;
const record = (camera: Camera) => <RecordButton camera={camera} />;
const lately = (cameraId: number) => <EventList camera={cameraId} short />;

/** The table of contents. */
export function AppRoutes() {
  return (
    <Suspense fallback={<Loading what="One moment" />}>
      <Routes>
        <Route path="/app/welcome" element={<WelcomePage />} />
        <Route path="/app/sign-in" element={<SignInPage />} />
        <Route path="/app/register" element={<RegisterPage />} />
        <Route path="/app/trust" element={<TrustPage />} />
        {/* No guard: the phone in the room has a key of its own, and no account. */}
        <Route path="/app/camera" element={<RoomPage />} />
        <Route path="/app" element={<Guard />}>
          <Route index element={<WallPage />} />
          <Route path="cameras/new" element={<AddCameraPage phone={phone} pair={<PairDevice />} />} />
          <Route path="cameras/:id" element={<CameraPage recent={lately} share={share} record={record} />} />
          <Route path="cameras/:id/settings" element={<CameraSettingsPage devices={roomDevices} />} />
          <Route path="cameras/:id/schedules" element={<SchedulesPage />} />
          <Route path="cameras/:id/health" element={<CameraHealthPage />} />
          <Route path="timeline" element={<WallTimelinePage />} />
          <Route path="cameras/:id/timeline" element={<TimelinePage live={livePicture} record={record} />} />
          <Route path="pair" element={<PairDevicePage />} />
          <Route path="cameras/:id/listen" element={<ListenPage />} />
          <Route path="recordings" element={<RecordingsPage />} />
          <Route path="events" element={<EventsPage />} />
          <Route path="household" element={<HouseholdPage footage={<FootageRoom />} />} />
          <Route path="server" element={<AdminPage footage={<FootageRoom />} />} />
          <Route path="health" element={<HealthPage />} />
          <Route path="you" element={<AccountPage />} />
          <Route path="*" element={<Navigate to="/app/" replace />} />
        </Route>
        <Route path="*" element={<Navigate to="/app/" replace />} />
      </Routes>
    </Suspense>
  );
}
