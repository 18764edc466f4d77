import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon';
import css from './states.module.css';

export function Loading({ what }: { what: string }) {
  return (
    <div className={css.state} role="status">
      <Loader color="amber" size="sm" />
      <p>{what} …</p>
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className={css.state}>
      <Icon name={icon} size={40} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failed({ title, words, retry }: { title: string; words: string; retry?: () => void }) {
  return (
    <div className={css.state} role="alert">
      <Icon name="warning" size={40} />
      <h2>{title}</h2>
      <p>{words}</p>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

/** One line about how something went, said to screen readers as well. */
export function Note({ tone, children }: { tone: 'good' | 'bad' | 'quiet'; children: ReactNode }) {
  return (
    <div className={css.note} data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      {tone === 'bad' && <Icon name="warning" />}
      {tone === 'good' && <Icon name="check" />}
      <div>{children}</div>
    </div>
  );
}
