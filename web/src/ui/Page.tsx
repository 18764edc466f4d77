import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';
import { Icon } from './Icon';
import css from './page.module.css';

type PageProps = { title: string; back?: { to: string; label: string }; actions?: ReactNode; narrow?: boolean; children: ReactNode };

export function Page({ title, back, actions, narrow, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Vigil`;
  }, [title]);
  return (
    <div className={css.page} data-narrow={narrow || undefined}>
      <header className={css.head}>
        {back && (
          <Link to={back.to} className={css.back} aria-label={back.label}>
            <Icon name="back" />
          </Link>
        )}
        <h1>{title}</h1>
        {actions && <div className={css.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Panel({ title, hint, children }: { title?: string; hint?: string; children: ReactNode }) {
  return (
    <section className={css.panel}>
      {title && <h2>{title}</h2>}
      {hint && <p className={css.hint}>{hint}</p>}
      {children}
    </section>
  );
}
