import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { calls } from '../../api/calls';
import { keys } from '../../api/keys';
import { wordsOf } from '../../api/problems';
import { useCamera, useMe } from '../../api/queries';
import type { CameraHealth, StreamHealth } from '../../api/types';
import { ago, bytes, dayAndClock } from '../../lib/time';
import { failureWords, statusWords } from '../../lib/words';
import { useNow } from '../../ui/hooks';
import { Page, Panel } from '../../ui/Page';
import { Failed, Loading, Note } from '../../ui/States';
import css from './health.module.css';
import { Viewers } from './Viewers';

const RENEW_MS = 3000;
/** With key pictures further apart, starting and seeking take as long. */
const LONG_INTERVAL_S = 4;

/** What a camera sends, what was lost on the way, what is kept of it. */
export function CameraHealthPage() {
  const id = Number(useParams().id);
  const { camera } = useCamera(id);
  const me = useMe().data;
  const zone = me?.household.timeZone;
  const health = useQuery({ queryKey: keys.cameraHealth(id), queryFn: () => calls.cameraHealth(id), refetchInterval: RENEW_MS });
  const now = useNow();
  if (health.isPending) return <Loading what="Asking how the camera works" />;
  if (!health.data) return <Failed title="This is not known" words={wordsOf(health.error)} retry={() => void health.refetch()} />;
  const { status, streams, recorder, storage } = health.data;
  return (
    <Page
      title={`${camera?.name ?? 'Camera'}: how it works`}
      back={{ to: `/app/cameras/${id}`, label: `Back to ${camera?.name ?? 'the camera'}` }}
      narrow
    >
      <div className={css.said}>
        {health.isError && (
          <Note tone="bad">
            These figures are {ago(now - health.dataUpdatedAt).replace(' ago', ' old')}. {wordsOf(health.error)}
          </Note>
        )}
        {status.state !== 'live' && status.state !== 'paused' && (
          <Note tone="bad">
            {statusWords(status)}. {failureWords[status.failure].advice}
          </Note>
        )}
        {status.video && status.video.keyFrameIntervalSeconds > LONG_INTERVAL_S && (
          <Note tone="quiet">
            Its key pictures are {status.video.keyFrameIntervalSeconds.toFixed(1)} s apart, so starting and seeking take long. Set the
            “I-frame interval” in the camera’s own settings to 1 or 2 s.
          </Note>
        )}
      </div>
      <Sends health={health.data} now={now} />
      {streams.map((stream) => (
        <OneStream key={stream.name} stream={stream} now={now} only={streams.length === 1} />
      ))}
      {camera?.access === 'admin' && me?.household.place !== 'guest' && <Viewers cameraId={id} zone={zone} />}
      <Panel title="Recording">
        <Facts>
          <Fact name="Now">
            {recorder?.writing ? 'being written to the disk' : recorder?.wanted ? 'wanted, but nothing comes' : 'nothing is to be recorded'}
          </Fact>
          <Fact name="Pictures lost because the disk was too slow">{count(recorder?.dropped ?? 0)}</Fact>
          {storage && (
            <>
              <Fact name="On the disk">{bytes(storage.bytes)}</Fact>
              <Fact name="Of the last 24 hours">{bytes(storage.dayBytes)}</Fact>
              <Fact name="Oldest footage">{storage.oldest ? dayAndClock(storage.oldest, zone) : 'none'}</Fact>
              <Fact name="Footage in all">{hours(storage.seconds)}</Fact>
            </>
          )}
        </Facts>
      </Panel>
    </Page>
  );
}

function Sends({ health: { status }, now }: { health: CameraHealth; now: number }) {
  const { video, audio } = status;
  return (
    <Panel title="What it sends">
      <Facts>
        <Fact name="State">{`${statusWords(status)}, for ${ago(now - Date.parse(status.since)).replace(' ago', '')}`}</Fact>
        <Fact name="Last picture">{status.lastFrameAt ? ago(now - Date.parse(status.lastFrameAt)) : 'none yet'}</Fact>
        <Fact name="Picture">{video ? `${video.codec}, ${video.width} × ${video.height}` : 'none'}</Fact>
        {video && (
          <>
            <Fact name="Data rate">{rate(video.bitrateBps)}</Fact>
            <Fact name="Pictures a second">{video.framesPerSecond > 0 ? video.framesPerSecond.toFixed(1) : '–'}</Fact>
            <Fact name="Key picture every">
              {video.keyFrameIntervalSeconds > 0 ? `${video.keyFrameIntervalSeconds.toFixed(1)} s` : '–'}
            </Fact>
          </>
        )}
        <Fact name="Sound">{audio ? `${audio.codec}, ${audio.clockRate / 1000} kHz, ${rate(audio.bitrateBps)}` : 'none'}</Fact>
        <Fact name="Reconnected">{times(status.reconnects)}</Fact>
      </Facts>
    </Panel>
  );
}

const streamNames: Record<string, string> = { main: 'Main stream', sub: 'Small stream', audio: 'Sound of its own' };

function OneStream({ stream, now, only }: { stream: StreamHealth; now: number; only: boolean }) {
  return (
    <Panel title={only ? 'The connection' : (streamNames[stream.name] ?? stream.name)} hint="Since Vigil began to read this camera.">
      <Facts>
        <Fact name="Connection">{stream.connected ? 'stands' : stream.name === 'sub' ? 'not needed now' : 'none'}</Fact>
        <Fact name="Received">{bytes(stream.bytes)}</Fact>
        <Fact name="Pictures and sound">{count(stream.frames)}</Fact>
        <Fact name="Packets lost on the way">{count(stream.lostPackets)}</Fact>
        <Fact name="Reconnected">{times(stream.reconnects)}</Fact>
        <Fact name="Last heard">{stream.lastFrameAt ? ago(now - Date.parse(stream.lastFrameAt)) : 'never'}</Fact>
      </Facts>
    </Panel>
  );
}

const Facts = ({ children }: { children: ReactNode }) => <dl className={css.facts}>{children}</dl>;

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const count = (number: number) => new Intl.NumberFormat('en-GB').format(number);
const times = (number: number) => (number === 0 ? 'never' : number === 1 ? 'once' : `${count(number)} times`);
const rate = (bps: number) => (bps >= 1e6 ? `${(bps / 1e6).toFixed(1)} Mbit/s` : bps > 0 ? `${Math.round(bps / 1000)} kbit/s` : '–');
const hours = (seconds: number) => (seconds >= 3600 ? `${(seconds / 3600).toFixed(1)} h` : `${Math.round(seconds / 60)} min`);
