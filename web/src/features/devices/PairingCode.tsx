import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import type { Pairing } from '../../api/types';
import { useNow } from '../../ui/hooks';
import { QrCode } from '../../ui/QrCode';
import { Note } from '../../ui/States';
import css from './room.module.css';

/** The code for a phone, as a picture and in letters, with what to do in which order. */
export function PairingCode({ pairing, again, busy }: { pairing: Pairing; again: () => void; busy: boolean }) {
  // With a certificate from elsewhere there is nothing to trust first.
  const trust = useQuery({ queryKey: keys.trust, queryFn: calls.trust });
  const left = Math.ceil((Date.parse(pairing.expiresAt) - useNow()) / 60_000);
  if (left <= 0) {
    return (
      <>
        <Note tone="quiet">This code has run out.</Note>
        <Button loading={busy} onClick={again}>
          Show a new code
        </Button>
      </>
    );
  }
  const address = new URL(pairing.url);
  return (
    <>
      {isThisMachine(address.hostname) && (
        <Note tone="bad">
          You opened Vigil as “{address.hostname}”: no phone finds it there. Open Vigil by its name or address in your network, then come
          back here.
        </Note>
      )}
      <ol className={css.steps}>
        {trust.data?.authority && (
          <li>
            <b>Only the first time:</b> on the phone, open <b>{trust.data.page}</b> and follow it, so that the phone’s browser trusts your
            Vigil.
          </li>
        )}
        <li>
          <b>Point the phone’s camera at this code</b> and open the page it offers.
        </li>
        <li>
          Allow camera and microphone, then tap <b>Start sending</b>.
        </li>
      </ol>
      <div className={css.code}>
        <QrCode text={pairing.url} label="Code for the phone" />
        <span>
          or open <b>{address.origin}/camera</b> on it and type
        </span>
        <code>{pairing.code}</code>
        <small>Good once, for {left === 1 ? 'one more minute' : `${left} more minutes`}.</small>
      </div>
    </>
  );
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}
