import { ActionIcon, Modal } from '@mantine/core';
import { useState } from 'react';
import { wordsOf } from '../../api/problems';
import { addMonths, weeksOf } from '../../lib/timeline/zoneDay';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/States';
import { useFootageDays } from './queries';
import css from './timeline.module.css';
import { dayWords } from './words';

type CalendarProps = { camera: number; day: string; today: string; choose: (day: string) => void; close: () => void };

/** The days that have footage. */
export function Calendar({ camera, day, today, choose, close }: CalendarProps) {
  const [month, setMonth] = useState(day.slice(0, 7));
  const found = useFootageDays(camera, month);
  const have = new Set(found.data?.days);
  const title = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
  return (
    <Modal opened onClose={close} title="Choose a day" centered closeButtonProps={{ 'aria-label': 'Close', size: 44 }}>
      <div className={css.months}>
        <ActionIcon size={44} variant="default" aria-label="Month before" onClick={() => setMonth(addMonths(month, -1))}>
          <Icon name="back" />
        </ActionIcon>
        <strong aria-live="polite">{title}</strong>
        <ActionIcon
          size={44}
          variant="default"
          aria-label="Next month"
          disabled={month >= today.slice(0, 7)}
          onClick={() => setMonth(addMonths(month, 1))}
        >
          <Icon name="next" />
        </ActionIcon>
      </div>
      {found.isError && <Note tone="bad">Which days have footage is not known now. {wordsOf(found.error)}</Note>}
      <table className={css.calendar}>
        <thead>
          <tr>
            {['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(month).map((week) => (
            <tr key={week.find(Boolean)}>
              {week.map((one, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the columns are the days of the week.
                <td key={index}>
                  {one && (
                    <button
                      type="button"
                      aria-label={`${dayWords(one)}${have.has(one) ? ', recorded' : found.data ? ', nothing recorded' : ''}`}
                      aria-current={one === day ? 'date' : undefined}
                      data-recorded={have.has(one) || undefined}
                      disabled={one > today}
                      onClick={() => choose(one)}
                    >
                      {Number(one.slice(8))}
                    </button>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className={css.quiet}>{found.isPending ? 'Looking …' : 'Days with a bar have footage.'}</p>
    </Modal>
  );
}
