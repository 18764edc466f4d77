import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useMe } from '../../api/queries';
import { columns, distribution, heatMap, weekDays } from '../../lib/health';
import { dayAndClock } from '../../lib/time';
import { Page, Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/States';
import { AddReading } from './AddReading';
import { bands } from './bands';
import { HealthSettings } from './HealthSettings';
import css from './health.module.css';
import { SensorKeys } from './SensorKeys';
import { SoundBand } from './SoundBand';
import { TimeChart } from './TimeChart';

const DAY = 24;
const WEEK = 7 * DAY;
/** What one point of the sound stands for, in seconds: as many points as a phone is wide. */
const FINE = 300;
const COARSE = 1800;
const RENEW_MS = 60_000;

/** Readings and crying of the household on one time axis. */
export function HealthPage() {
  const [search, setSearch] = useSearchParams();
  const hours = search.get('range') === 'day' ? DAY : WEEK;
  const zone = useMe().data?.household.timeZone;
  const health = useQuery({
    queryKey: keys.healthRange(hours),
    queryFn: () => calls.health(new Date(Date.now() - hours * 3_600_000).toISOString(), new Date().toISOString()),
    refetchInterval: RENEW_MS,
  });
  const data = health.data;
  const drawn = useMemo(() => (data ? columns(data.points, data.heard, Date.parse(data.from), Date.parse(data.to)) : null), [data]);
  if (health.isPending) return <Loading what="Reading the health history" />;
  if (!data || !drawn) return <Failed title="Readings are not known" words={wordsOf(health.error)} retry={() => void health.refetch()} />;
  const { latest } = data;
  const axis = { times: drawn.times, until: Date.parse(data.to) / 1000, zone };
  return (
    <Page title="Health" actions={<AddReading last={{ temperature: latest?.temperature ?? 36.5, humidity: latest?.humidity ?? 50 }} />}>
      <div className={css.said}>
        {health.isError && <Note tone="bad">These are old: {wordsOf(health.error)}</Note>}
        {data.advice && <Note tone="bad">{data.advice}</Note>}
        {!latest && <Note tone="quiet">No readings yet. Add one here, or let a sensor send them: it gets a key under “Sensors”.</Note>}
      </div>
      {latest && (
        <p className={css.latest}>
          <strong>{latest.temperature.toFixed(1)} °C</strong> <strong>{Math.round(latest.humidity)} %</strong>{' '}
          <span>{dayAndClock(latest.at, zone)}</span>
        </p>
      )}
      <div className={css.bar}>
        <SegmentedControl
          aria-label="How far back"
          value={hours === DAY ? 'day' : 'week'}
          onChange={(range) => setSearch((now) => ({ ...Object.fromEntries(now), range }), { replace: true })}
          data={[
            { value: 'day', label: 'Day' },
            { value: 'week', label: 'Week' },
          ]}
        />
        <Button component="a" variant="default" href={`/api/v1/health/readings.csv?from=${encodeURIComponent(data.from)}`} download>
          Export CSV
        </Button>
      </div>
      <Panel hint="Green: comfortable for a sleeping baby’s room, 16 to 20 °C and 40 to 60 %.">
        <TimeChart {...bands.temperature} {...axis} values={drawn.temperature} />
        <TimeChart {...bands.humidity} {...axis} values={drawn.humidity} />
        <TimeChart {...bands.cries} {...axis} values={drawn.cries} />
        <SoundBand from={data.from} to={data.to} step={hours === DAY ? FINE : COARSE} {...axis} />
      </Panel>
      <HeatMap rows={heatMap(drawn.times, drawn.cries, zone)} />
      <Distribution counts={distribution(data.points)} />
      <HealthSettings zone={zone} />
      <SensorKeys />
    </Page>
  );
}

function HeatMap({ rows }: { rows: number[][] }) {
  const most = Math.max(1, ...rows.flat());
  return (
    <Panel title="When the baby cried" hint="By weekday and hour: the brighter, the more often.">
      <table className={css.heat}>
        <tbody>
          {rows.map((row, day) => (
            <tr key={weekDays[day]}>
              <th scope="row">{weekDays[day]}</th>
              {row.map((count, hour) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: the hour is what the cell is.
                  key={hour}
                  style={{ background: count ? `rgba(229, 115, 94, ${0.25 + (0.75 * count) / most})` : undefined }}
                  title={`${weekDays[day]} ${hour}:00: ${count}`}
                >
                  <span className={css.unseen}>{count}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td />
            {[0, 6, 12, 18].map((hour) => (
              <th key={hour} colSpan={6} scope="col">
                {hour}
              </th>
            ))}
          </tr>
        </tfoot>
      </table>
    </Panel>
  );
}

const parts = [
  { key: 'normal', words: 'Neither', colour: '#6f9f6f' },
  { key: 'crying', words: 'Crying', colour: '#d8a13a' },
  { key: 'fever', words: 'High temperature', colour: '#d87f3a' },
  { key: 'both', words: 'Both', colour: '#d8503f' },
] as const;

function Distribution({ counts }: { counts: Record<(typeof parts)[number]['key'], number> }) {
  const all = parts.reduce((sum, part) => sum + counts[part.key], 0);
  return (
    <Panel title="What the readings say">
      <div className={css.split} aria-hidden="true">
        {parts.map((part) => (
          <div key={part.key} style={{ flexGrow: counts[part.key], background: part.colour }} />
        ))}
      </div>
      <dl className={css.parts}>
        {parts.map((part) => (
          <div key={part.key}>
            <dt>
              <i style={{ background: part.colour }} />
              {part.words}
            </dt>
            <dd>
              {counts[part.key]} · {all ? Math.round((100 * counts[part.key]) / all) : 0} %
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
