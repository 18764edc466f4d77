import { ActionIcon, NativeSelect } from '@mantine/core';
import { Icon } from '../../ui/Icon';
import css from './timeline.module.css';

export const RATES = [0.5, 1, 2, 4, 8, 16];

type TransportProps = {
  playing: boolean;
  rate: number;
  setRate: (rate: number) => void;
  toggle: () => void;
  step: (ms: number) => void;
  /** Null where there is no such event; left out where events are not jumped between. */
  earlier?: (() => void) | null;
  later?: (() => void) | null;
  sound?: boolean;
  setSound?: (on: boolean) => void;
  full?: () => void;
};

export function Transport({ playing, rate, setRate, toggle, step, earlier, later, sound, setSound, full }: TransportProps) {
  return (
    <div className={css.transport}>
      {earlier !== undefined && (
        <ActionIcon size={48} variant="default" aria-label="Event before" disabled={!earlier} onClick={() => earlier?.()}>
          <Icon name="skipBack" />
        </ActionIcon>
      )}
      <ActionIcon size={48} variant="default" aria-label="10 seconds back" onClick={() => step(-10_000)}>
        −10
      </ActionIcon>
      <ActionIcon size={60} radius="xl" aria-label={playing ? 'Pause' : 'Play'} onClick={toggle}>
        <Icon name={playing ? 'pause' : 'play'} size={30} />
      </ActionIcon>
      <ActionIcon size={48} variant="default" aria-label="10 seconds on" onClick={() => step(10_000)}>
        +10
      </ActionIcon>
      {later !== undefined && (
        <ActionIcon size={48} variant="default" aria-label="Next event" disabled={!later} onClick={() => later?.()}>
          <Icon name="skipOn" />
        </ActionIcon>
      )}
      <span className={css.rest}>
        <NativeSelect
          aria-label="Speed"
          value={String(rate)}
          onChange={(event) => setRate(Number(event.currentTarget.value))}
          data={RATES.map((one) => ({ value: String(one), label: `${one === 0.5 ? '½' : one} ×` }))}
        />
        {setSound && (
          <ActionIcon
            size={46}
            variant={sound ? 'filled' : 'default'}
            aria-pressed={sound}
            aria-label={sound ? 'Sound on' : 'Sound off'}
            onClick={() => setSound(!sound)}
          >
            <Icon name={sound ? 'soundOn' : 'soundOff'} />
          </ActionIcon>
        )}
        {full && (
          <ActionIcon size={46} variant="default" aria-label="Full screen" onClick={full}>
            <Icon name="full" />
          </ActionIcon>
        )}
      </span>
    </div>
  );
}
