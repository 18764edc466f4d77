import type { PreviewSpan, SchedulePreview } from '../../api/types';
import { lengthWords } from './schedules';
import css from './schedules.module.css';

/** What will be recorded: the next 24 hours, and the next night on which the clocks change. */
export function PreviewBars({ preview }: { preview: SchedulePreview }) {
  const { next, clockChange } = preview;
  return (
    <div className={css.preview}>
      <Bar title="The next 24 hours" span={next} />
      {clockChange ? (
        <Bar title="The night the clocks change" note={clockChange.words} span={clockChange.night} mark={clockChange.at} />
      ) : (
        <p className={css.quiet}>The clocks do not change here within a year.</p>
      )}
    </div>
  );
}

function Bar({ title, note, span, mark }: { title: string; note?: string; span: PreviewSpan; mark?: string }) {
  const [from, to] = [Date.parse(span.from), Date.parse(span.to)];
  const place = (at: string | number) =>
    (100 * (Math.min(to, Math.max(from, typeof at === 'string' ? Date.parse(at) : at)) - from)) / (to - from);
  return (
    <figure className={css.bar} aria-label={title}>
      <figcaption>
        <strong>{title}</strong>
        <span>{span.seconds === 0 ? 'nothing is recorded' : `${lengthWords(span.seconds)} recorded`}</span>
      </figcaption>
      {note && <p className={css.quiet}>{note}</p>}
      <div className={css.track} aria-hidden="true">
        {span.ranges.map((range) => (
          <i
            key={`${range.scheduleId}-${range.from}`}
            className={css.range}
            style={{ left: `${place(range.from)}%`, width: `${place(range.to) - place(range.from)}%` }}
          />
        ))}
        {mark && <i className={css.change} style={{ left: `${place(mark)}%` }} />}
      </div>
      <div className={css.hours} aria-hidden="true">
        {span.hours
          .filter(({ local }) => Number(local.slice(0, 2)) % 4 === 0)
          .map((hour) => (
            <span
              key={hour.at}
              data-end={place(hour.at) < 3 ? 'left' : place(hour.at) > 97 ? 'right' : undefined}
              style={{ left: `${place(hour.at)}%` }}
            >
              {hour.local}
            </span>
          ))}
      </div>
      <ul className={css.words}>
        {span.ranges.map((range) => (
          <li key={`${range.scheduleId}-${range.from}`}>
            {range.name !== 'preview' && range.scheduleId && <b>{range.name}: </b>}
            {range.words}
          </li>
        ))}
      </ul>
    </figure>
  );
}
