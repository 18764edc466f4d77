import { useEffect, useRef, useState } from 'react';
import { levelFraction } from '../../lib/levels';
import { type Lens, lenses } from '../../lib/room/lenses';
import { MicMeter } from '../../lib/room/micMeter';
import css from './room.module.css';

/** What this device sees, and how loud it hears. */
export function Preview({ stream, hears }: { stream: MediaStream | null; hears: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return (
    <div className={css.preview}>
      <video ref={video} muted autoPlay playsInline aria-label="What this device sees" />
      {stream && hears && <Ear key={stream.getAudioTracks()[0]?.id} stream={stream} />}
    </div>
  );
}

function Ear({ stream }: { stream: MediaStream }) {
  const [peak, setPeak] = useState(0);
  useEffect(() => {
    if (typeof AudioContext === 'undefined') return;
    const meter = new MicMeter(stream, setPeak);
    return () => meter.close();
  }, [stream]);
  return (
    <div className={css.ear} role="img" aria-label={peak > 0 ? 'The microphone hears' : 'The microphone is silent'}>
      <i style={{ transform: `scaleX(${levelFraction(peak).toFixed(3)})` }} />
    </div>
  );
}

/** Lenses and microphones of this device; names are known once the browser has allowed their use. */
export function useLenses(stream: MediaStream | null): { cameras: Lens[]; microphones: Lens[] } {
  const [all, setAll] = useState<{ cameras: Lens[]; microphones: Lens[] }>({ cameras: [], microphones: [] });
  // biome-ignore lint/correctness/useExhaustiveDependencies: names appear when a stream has been allowed.
  useEffect(() => {
    let over = false;
    const look = async () => {
      const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
      if (!over) setAll({ cameras: lenses(devices, 'videoinput'), microphones: lenses(devices, 'audioinput') });
    };
    void look();
    const changed = () => void look();
    navigator.mediaDevices.addEventListener?.('devicechange', changed);
    return () => {
      over = true;
      navigator.mediaDevices.removeEventListener?.('devicechange', changed);
    };
  }, [stream]);
  return all;
}
