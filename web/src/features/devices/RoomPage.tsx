import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { deviceWords } from '../../lib/deviceWords';
import { firstChoice, pairingCode, type RoomMemory, RoomStore, takePairingCode } from '../../lib/room/roomKey';
import { Loading, Note } from '../../ui/States';
import { ChooseRoom } from './ChooseRoom';
import { Room } from './Room';
import { RoomDoor } from './RoomDoor';
import css from './room.module.css';

/** `/app/camera`: this device as a camera. Needs no account: the device has a key of its own that can only publish. */
export function RoomPage() {
  const [store] = useState(() => new RoomStore());
  const [memory, setMemory] = useState<RoomMemory | null>(store.current);
  const [code, setCode] = useState<string | null>(() => pairingCode(window.location.hash));
  const pair = useMutation({
    mutationFn: (written: string) => calls.pair(written, deviceWords(navigator.userAgent)),
    onSuccess: ({ key, cameraId, cameraName, householdName }) => {
      const next = { key, cameraId, cameraName, householdName, choice: store.current?.choice ?? firstChoice };
      store.put(next);
      setMemory(next);
    },
    onSettled: () => setCode(null),
  });
  const { mutate } = pair;
  const secure = window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
  useEffect(() => {
    if (code && secure) mutate(code);
  }, [code, secure, mutate]);
  // Taken out of the address only once it is kept: a render that React throws away must not take the code along.
  // A second code may be scanned while this page is open: only the part behind # changes then.
  useEffect(() => {
    const look = () => {
      const taken = takePairingCode(window.location, window.history);
      if (taken) setCode(taken);
    };
    look();
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, []);

  if (!secure) return <NoCameraHere code={code} />;
  if (code || pair.isPending) return <Loading what="Becoming a camera" />;
  if (memory && !pair.isError) {
    return (
      <Room
        key={memory.key}
        memory={memory}
        store={store}
        forget={() => {
          store.forget();
          setMemory(null);
        }}
      />
    );
  }
  return (
    <ChooseRoom
      failure={pair.isError && <Note tone="bad">{wordsOf(pair.error)} A code works once and for ten minutes.</Note>}
      use={mutate}
      goOn={memory ? { name: memory.cameraName, act: () => pair.reset() } : null}
    />
  );
}

/** Browsers give camera and microphone to https pages only. */
function NoCameraHere({ code }: { code: string | null }) {
  const { pathname } = window.location;
  const trust = useQuery({ queryKey: keys.trust, queryFn: calls.trust, enabled: !window.isSecureContext });
  useEffect(() => {
    document.title = 'Not secure · Vigil camera';
  }, []);
  if (window.isSecureContext) {
    return (
      <RoomDoor
        title="This browser has no camera"
        words="It is too old, or it does not share the camera with web pages. Try Chrome on Android, or Safari on an iPhone."
      />
    );
  }
  const safe = trust.data?.secureOrigin && `${trust.data.secureOrigin}${pathname}${code ? `#pair=${code}` : ''}`;
  return (
    <RoomDoor
      title="This address is not secure"
      words="Browsers give camera and microphone only to a page whose address begins with https. This one begins with http."
    >
      {trust.data && !safe && <Note tone="bad">Https is switched off on this Vigil. Whoever runs it can switch it on again.</Note>}
      <ol className={css.steps}>
        <li>
          <b>Once per phone:</b> let it trust your Vigil.
          <Button component="a" href="/trust" variant="default" fullWidth>
            How to trust it
          </Button>
        </li>
        <li>
          <b>Then</b> open the secure address.
          {safe && (
            <Button component="a" href={safe} fullWidth size="lg">
              Open with https
            </Button>
          )}
        </li>
      </ol>
    </RoomDoor>
  );
}
