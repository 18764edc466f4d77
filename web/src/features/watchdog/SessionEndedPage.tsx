import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { SoundGate } from '../../lib/sound';
import { Icon } from '../../ui/Icon';
import css from './watchdog.module.css';

/** Signed out without having asked for it. Loud, because from here on no alarm arrives. */
export function SessionEndedPage({ reason, signIn }: { reason: string | undefined; signIn: () => void }) {
  const [sound] = useState(() => new SoundGate());
  useEffect(() => {
    document.title = '⚠ Signed out · Vigil';
    sound.look();
    sound.alarm(0);
    const timer = window.setInterval(() => sound.tick(), 5000);
    return () => window.clearInterval(timer);
  }, [sound]);
  return (
    <main className={css.ended} role="alert">
      <Icon name="warning" size={64} />
      <h1>You are signed out</h1>
      <p>
        <b>No alarm can reach this page any more.</b>
      </p>
      <p>{reasonWords(reason)}</p>
      <Button size="lg" variant="white" color="dark" onClick={signIn}>
        Sign in again
      </Button>
    </main>
  );
}

function reasonWords(reason: string | undefined): string {
  if (reason === 'revoked') return 'Somebody ended this sign-in from another device.';
  if (reason === 'expired') return 'The sign-in has run out.';
  if (reason === 'passwordChanged') return 'The password was changed.';
  if (reason === 'householdChanged') return 'Your place in the household was changed.';
  if (reason === 'disabled') return 'This account was switched off.';
  return 'The sign-in of this device has ended.';
}
