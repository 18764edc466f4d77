import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import type { TrustView } from '../../api/types';
import { Page, Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/States';
import { Steps } from './Steps';
import { covers, lastingName, type System, systemNames, systemOf, systems } from './system';
import css from './trust.module.css';
import { useTrustCheck } from './useTrustCheck';

/** How a device comes to trust this server: opened over plain http, by a phone that knows nothing yet. */
export function TrustPage() {
  const trust = useQuery({ queryKey: keys.trust, queryFn: calls.trust });
  if (trust.isPending) return <Loading what="One moment" />;
  if (trust.isError) return <Failed title="Vigil does not answer" words={wordsOf(trust.error)} retry={() => void trust.refetch()} />;
  return (
    <main>
      <Page title="Trust this server" back={{ to: '/app/', label: 'To Vigil' }} narrow>
        <p className={css.lead}>
          Browsers open camera, microphone and messages with the screen off only on a page whose certificate they trust. Do this once on
          each device.
        </p>
        <div className={css.light}>
          <Light trust={trust.data} />
        </div>
        {trust.data.authority && <Install authority={trust.data.authority} />}
        {trust.data.authority && <Address names={trust.data.names} page={trust.data.page} />}
        <Other page={trust.data.page} inHouse={trust.data.authority !== null} />
      </Page>
    </main>
  );
}

/** Where this device stands, now. */
function Light({ trust }: { trust: TrustView }) {
  const secure = window.location.protocol === 'https:';
  const covered = !trust.authority || covers(trust.names, window.location.hostname);
  const check = useTrustCheck(secure || !covered ? null : trust.secureOrigin);
  if (secure)
    return <Note tone="good">This page came over https. If the browser did not warn you, this device trusts Vigil, and you are done.</Note>;
  if (!trust.secureOrigin) return <Note tone="bad">https is switched off on this server (setting Https:Urls), or its port is taken.</Note>;
  if (!covered)
    return (
      <Note tone="bad">
        The certificate cannot be for the address <b>{window.location.hostname}</b>, which is none of a home. Open this page at{' '}
        <b>{lastingName(trust.names)}</b> instead.
      </Note>
    );
  const inside = `${trust.secureOrigin}/app/`;
  return check.data ? (
    <>
      <Note tone="good">This device trusts Vigil.</Note>
      <Button component="a" href={inside} fullWidth>
        Open Vigil over https
      </Button>
    </>
  ) : (
    <Note tone="quiet">
      {check.isPending ? 'Asking whether this device trusts Vigil …' : 'This device does not trust Vigil yet. This line changes by itself.'}
    </Note>
  );
}

function Install({ authority }: { authority: NonNullable<TrustView['authority']> }) {
  const [system, choose] = useState<System>(() => systemOf(navigator.userAgent, navigator.maxTouchPoints));
  return (
    <>
      <Panel title="Install the certificate">
        <NativeSelect
          label="This device is"
          value={system}
          onChange={(event) => choose(event.currentTarget.value as System)}
          data={systems.map((value) => ({ value, label: systemNames[value] }))}
        />
        <Steps system={system} name={authority.name} />
      </Panel>
      <Panel title="Is it the right one?">
        <p className={css.text}>
          Its name is <b>{authority.name}</b>. The device shows a SHA-256 fingerprint; so does the terminal where Vigil was started. All
          three are the same, or somebody is in between:
        </p>
        <code className={css.code}>
          {authority.fingerprint.split(/(?<=:)/).map((part, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: its bytes do not move.
            <Fragment key={i}>
              {part}
              <wbr />
            </Fragment>
          ))}
        </code>
        <p className={css.text}>
          It can vouch for addresses inside a home only, never for a bank or a shop, and its key never leaves this server. You can remove it
          where you installed it, at any time.
        </p>
      </Panel>
    </>
  );
}

function Address({ names, page }: { names: string[]; page: string }) {
  const name = lastingName(names);
  const local = name?.endsWith('.local') ? name : undefined;
  return (
    <Panel title="One address for good">
      <p className={css.text}>
        For a browser, a new address is a new place: it forgets the sign-in and every permission (camera, microphone, messages). So choose
        one that stays:
      </p>
      <ul className={css.text}>
        {local && (
          <li>
            the name <b>{local}</b>, where your devices find it (<a href={at(page, local)}>try it</a>), or
          </li>
        )}
        <li>the number it has now, after you have told your router to keep it: “DHCP reservation” or “always assign the same address”.</li>
      </ul>
    </Panel>
  );
}

function Other({ page, inHouse }: { page: string; inHouse: boolean }) {
  return (
    <Panel title="Another device">
      <p className={css.text}>Point its camera here, or type the address.{inHouse && ' It must be in the same network.'}</p>
      <img className={css.qr} src="/trust/qr.svg" alt={`QR code with the address ${page}`} width={200} height={200} />
      <code className={css.code}>{page}</code>
    </Panel>
  );
}

function at(page: string, host: string): string {
  const url = new URL(page);
  url.hostname = host;
  return url.href;
}
