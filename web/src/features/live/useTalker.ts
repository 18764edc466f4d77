import { useEffect, useState } from 'react';
import { household } from '../../api/household';
import { duck } from '../../lib/talk/duck';
import { Talker, type TalkState, voiceTo } from '../../lib/talk/talker';

/** The voice of whoever uses this page, and what became of it. It ends with the page, also when that is only covered. */
export function useTalker(cameraId: number): { state: TalkState; talker: Talker } {
  const [state, setState] = useState<TalkState>({ kind: 'idle', why: null });
  const [talker] = useState(() => {
    const where = () => {
      const chosen = household.get();
      return {
        address: `/api/v1/cameras/${cameraId}/talk/whip`,
        headers: chosen === null ? ({} as Record<string, string>) : { 'X-Vigil-Household': chosen },
        credentials: 'same-origin' as const,
      };
    };
    return new Talker(voiceTo(where), setState);
  });
  const talking = state.kind === 'talking';
  useEffect(() => (talking ? duck() : undefined), [talking]);
  useEffect(() => {
    const look = () => document.hidden && talker.stop();
    const leave = () => talker.stop();
    document.addEventListener('visibilitychange', look);
    window.addEventListener('pagehide', leave);
    return () => {
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('pagehide', leave);
      talker.stop();
    };
  }, [talker]);
  return { state, talker };
}
