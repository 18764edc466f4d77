import { useLive } from '../../api/live';
import type { RoomPhone } from '../../api/types';
import { batteryHint, phoneWords } from '../../lib/room/roomWords';
import { useNow } from '../../ui/hooks';
import { Icon } from '../../ui/Icon';
import css from './room.module.css';

/** The phone behind a room camera: its name, battery and signal, and since when it is gone. */
export function RoomLine({ room, camera }: { room: RoomPhone; camera?: string }) {
  const { clock } = useLive();
  const now = useNow() + (clock.offsetMs ?? 0);
  const { tone, words } = phoneWords(room, now);
  const hint = camera && room.online ? batteryHint(room.battery, room.charging) : null;
  return (
    <div className={css.phone} data-tone={tone} data-page={camera ? true : undefined}>
      <Icon name={tone === 'bad' ? 'warning' : 'phone'} size={18} />
      <span>
        {words}
        {hint && <small>{hint.words}</small>}
      </span>
    </div>
  );
}
