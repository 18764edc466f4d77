import { Button, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { wordsOf } from '../../api/problems';
import { Icon } from '../../ui/Icon';
import { Panel } from '../../ui/Page';
import { Note } from '../../ui/States';
import css from './cameras.module.css';

type FoundProps = { chosen: string; choose: (address: string, sub: string, title: string) => void };

/** Cameras that answered on the home network (ONVIF). */
export function FoundCameras({ chosen, choose }: FoundProps) {
  const found = useQuery({
    queryKey: ['discover'],
    queryFn: calls.discover,
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
    refetchOnWindowFocus: false,
  });
  return (
    <Panel title="Found at home">
      {found.isFetching && (
        <div className={css.looking} role="status">
          <Loader size="sm" color="amber" /> Looking for cameras in your network …
        </div>
      )}
      {found.isError && !found.isFetching && <Note tone="bad">{wordsOf(found.error)}</Note>}
      {found.data && !found.isFetching && found.data.length === 0 && (
        <Note tone="quiet">
          None answered. Many cameras stay silent until “ONVIF” is switched on in their settings. The other two ways work without it.
        </Note>
      )}
      <ul className={css.found}>
        {found.data?.map((camera) => {
          const [main = '', sub = ''] = camera.suggestedAddresses;
          const title = camera.name || [camera.manufacturer, camera.model].filter(Boolean).join(' ') || camera.host;
          const address = main || `rtsp://${camera.host}:554/`;
          return (
            <li key={camera.onvifUrl ?? camera.host}>
              <button type="button" aria-pressed={chosen === address} onClick={() => choose(address, sub, camera.name ?? '')}>
                <Icon name="cameras" size={28} />
                <span>
                  <strong>{title}</strong>
                  <small>{[camera.manufacturer, camera.model, camera.host].filter((part) => part && part !== title).join(' · ')}</small>
                </span>
                {chosen === address && <Icon name="check" />}
              </button>
            </li>
          );
        })}
      </ul>
      <Button variant="default" leftSection={<Icon name="search" />} disabled={found.isFetching} onClick={() => void found.refetch()}>
        Look again
      </Button>
    </Panel>
  );
}
