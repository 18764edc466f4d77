import { useLive, useSoundState } from '../../api/live';
import { Icon } from '../../ui/Icon';
import css from './alerts.module.css';

/** Stays until this page may make a noise: an alarm that nobody hears is none. */
export function SoundBanner() {
  const { sound } = useLive();
  const state = useSoundState(sound);
  if (state === 'missing') return <div className={css.muted}>This browser makes no sound. Alarms are only shown here.</div>;
  if (state !== 'blocked') return null;
  return (
    <button type="button" className={css.muted} onClick={() => void sound.unlock()}>
      <Icon name="soundOff" />
      <span>
        <b>Alarm sound is off.</b> Tap here, so that this page may wake you.
      </span>
    </button>
  );
}
