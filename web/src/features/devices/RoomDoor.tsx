import type { ReactNode } from 'react';
import css from './room.module.css';

/** The frame of the camera's own pages: no navigation, one thing to do, reachable by the thumb. */
export function RoomDoor({ title, words, children }: { title: string; words?: string; children?: ReactNode }) {
  return (
    <main className={css.door}>
      <div className={css.box}>
        <div className={css.brand}>
          <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="32" height="32" />
          <span>Vigil camera</span>
        </div>
        <h1>{title}</h1>
        {words && <p className={css.words}>{words}</p>}
        {children}
      </div>
    </main>
  );
}
