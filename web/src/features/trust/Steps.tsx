import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Note } from '../../ui/States';
import type { System } from './system';
import css from './trust.module.css';

/** What to do on a device, and what it will not do all the same. */
export function Steps({ system, name }: { system: System; name: string }) {
  const { file, download, steps, truths } = guide(system, name);
  return (
    <>
      <Button component="a" href={file} download>
        {download}
      </Button>
      <ol className={css.steps}>
        {steps.map((step, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the steps of a system never change.
          <li key={i}>{step}</li>
        ))}
      </ol>
      {truths.map((truth, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above.
        <Note key={i} tone="quiet">
          {truth}
        </Note>
      ))}
    </>
  );
}

type Guide = { file: string; download: string; steps: ReactNode[]; truths: ReactNode[] };

function guide(system: System, name: string): Guide {
  const listed = <b>{name}</b>;
  switch (system) {
    case 'android':
      return {
        file: '/trust/ca.crt',
        download: 'Download the certificate',
        steps: [
          'Download it with the button above. If the browser asks, keep the file.',
          <>
            Open the phone’s Settings and search for <b>CA certificate</b>. Usually: Security → More security settings → Encryption &amp;
            credentials → Install a certificate → CA certificate.
          </>,
          <>
            Tap <b>Install anyway</b>, confirm with your screen lock, and choose <b>vigil-ca.crt</b> among the downloads.
          </>,
          <>Come back to this page: the light above turns green by itself.</>,
        ],
        truths: [
          'Android needs a screen lock for this, and will say that the network may be monitored. That is its sentence for every certificate that you install yourself.',
          <>
            Firefox does not look at Android’s list by default. In Firefox: Settings → About Firefox, tap the logo until it says that the
            debug menu is open, go back, then Secret Settings → <b>Use third party CA certificates</b>. Chrome, Edge and Samsung Internet
            need nothing more.
          </>,
        ],
      };
    case 'ios':
      return {
        file: '/trust/vigil.mobileconfig',
        download: 'Download the profile',
        steps: [
          <>
            Open this page in <b>Safari</b> and download the profile with the button above. Tap <b>Allow</b>.
          </>,
          <>
            Open Settings → <b>Profile Downloaded</b> (or General → VPN &amp; Device Management), tap Install and enter your code.
          </>,
          <>
            Then Settings → General → About → <b>Certificate Trust Settings</b>, and switch {listed} on. Without this second switch the
            profile does nothing.
          </>,
          <>Come back to this page: the light above turns green by itself.</>,
        ],
        truths: [
          <>
            Messages with the screen off (push) reach an iPhone only when Vigil is on the Home Screen: in Safari, Share → Add to Home
            Screen, on the https address. iOS 16.4 or newer.
          </>,
          'All browsers on an iPhone are Safari underneath; one installation serves them all.',
        ],
      };
    case 'windows':
      return {
        file: '/trust/ca.crt',
        download: 'Download the certificate',
        steps: [
          <>
            Open the downloaded <b>vigil-ca.crt</b> and choose <b>Install Certificate…</b>
          </>,
          <>
            Current User → <b>Place all certificates in the following store</b> → Browse → <b>Trusted Root Certification Authorities</b>.
          </>,
          'Finish, compare the fingerprint in the warning with the one below, and say Yes. Close and open the browser.',
        ],
        truths: ['Chrome, Edge and Firefox (120 or newer) all use the certificates of Windows.'],
      };
    case 'macos':
      return {
        file: '/trust/ca.crt',
        download: 'Download the certificate',
        steps: [
          <>
            Open the downloaded <b>vigil-ca.crt</b>: Keychain Access takes it into the <b>login</b> keychain.
          </>,
          <>
            Find {listed} there, open it, unfold <b>Trust</b>, and set “When using this certificate” to <b>Always Trust</b>.
          </>,
          'Close the window, enter your password, then close and open the browser.',
        ],
        truths: ['Safari and Chrome use the keychain; Firefox (120 or newer) does as well.'],
      };
    case 'linux':
      return {
        file: '/trust/ca.pem',
        download: 'Download the certificate',
        steps: [
          <>
            Chrome and Chromium: Settings → Privacy and security → Security → Manage certificates → import <b>vigil-ca.pem</b> as a trusted
            authority. Or with libnss3-tools:
            <code className={css.code}>certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n vigil -i vigil-ca.pem</code>
          </>,
          <>Firefox: Settings → Privacy &amp; Security → View Certificates → Authorities → Import, “Trust this CA to identify websites”.</>,
          <>
            Programs (curl, ffmpeg), on Debian and Ubuntu:
            <code className={css.code}>
              sudo cp vigil-ca.pem /usr/local/share/ca-certificates/vigil.crt &amp;&amp; sudo update-ca-certificates
            </code>
          </>,
        ],
        truths: ['Browsers on Linux have lists of their own; update-ca-certificates alone does not reach them.'],
      };
  }
}
