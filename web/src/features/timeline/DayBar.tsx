import { ActionIcon, Button } from '@mantine/core';
import { addDays } from '../../lib/timeline/zoneDay';
import { Icon } from '../../ui/Icon';
import css from './timeline.module.css';
import { dayWords } from './words';

type DayBarProps = { day: string; today: string; open: (day: string) => void; choose?: () => void };

export function DayBar({ day, today, open, choose }: DayBarProps) {
  const title = day === today ? 'Today' : dayWords(day, true);
  return (
    <div className={css.days}>
      <ActionIcon size={46} variant="default" aria-label="Day before" onClick={() => open(addDays(day, -1))}>
        <Icon name="back" />
      </ActionIcon>
      {choose ? (
        <Button variant="default" leftSection={<Icon name="calendar" />} onClick={choose} aria-label={`${title}. Choose a day`}>
          {title}
        </Button>
      ) : (
        <strong>{title}</strong>
      )}
      <ActionIcon size={46} variant="default" aria-label="Next day" disabled={day >= today} onClick={() => open(addDays(day, 1))}>
        <Icon name="next" />
      </ActionIcon>
    </div>
  );
}
