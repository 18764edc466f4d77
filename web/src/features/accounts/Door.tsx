import type { ReactNode } from 'react';
import { Link } from 'react-router';
import css from './door.module.css';

/** The frame of the pages before one is inside: one column, the lamp, one question. */
export function Door({ title, words, children }: { title: string; words?: string; children: ReactNode }) {
  return (
    <main className={css.door}>
      <div className={css.box}>
        <div className={css.brand}>
          <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="44" height="44" />
          <span>Vigil</span>
        </div>
        <h1>{title}</h1>
        {words && <p>{words}</p>}
        {children}
        {window.isSecureContext || (
          <p className={css.aside}>
            This page is not encrypted, and this browser keeps camera, microphone and messages from it.{' '}
            <Link to="/app/trust">Make this device trust Vigil</Link>
          </p>
        )}
      </div>
    </main>
  );
}
