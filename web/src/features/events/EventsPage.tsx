import { NativeSelect } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { useCameras } from '../../api/queries';
import { Page } from '../../ui/Page';
import { EventList } from './EventList';
import css from './events.module.css';

const kinds = [
  { value: '', label: 'Everything' },
  { value: 'cry', label: 'Crying' },
  { value: 'sound', label: 'Noise' },
  { value: 'motion', label: 'Motion' },
  { value: 'cameraOffline', label: 'Camera offline' },
  { value: 'cameraOnline', label: 'Camera back' },
  { value: 'notListening', label: 'Not listening' },
  { value: 'notRecording', label: 'Not recording' },
];

/** What happened, newest first. The filter lives in the address, so that "back" and a shared link work. */
export function EventsPage() {
  const [search, setSearch] = useSearchParams();
  const cameras = useCameras();
  const camera = Number(search.get('camera') ?? 0) || undefined;
  const kind = search.get('kind') ?? '';
  const put = (name: string, value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return (
    <Page title="Events" narrow>
      <div className={css.filter}>
        <NativeSelect
          aria-label="Camera"
          value={camera ? String(camera) : ''}
          onChange={(event) => put('camera', event.currentTarget.value)}
          data={[{ value: '', label: 'All cameras' }, ...(cameras.data ?? []).map((one) => ({ value: String(one.id), label: one.name }))]}
        />
        <NativeSelect aria-label="Kind" value={kind} onChange={(event) => put('kind', event.currentTarget.value)} data={kinds} />
      </div>
      <EventList {...(camera ? { camera } : {})} {...(kind ? { kind } : {})} />
    </Page>
  );
}
