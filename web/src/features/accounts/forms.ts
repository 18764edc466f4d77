import { type FormEvent, useState } from 'react';
import { Problem } from '../../api/problems';

/** Named fields of a submitted form, as trimmed text; passwords are never trimmed. */
export function fieldsOf(event: FormEvent<HTMLFormElement>): Record<string, string> {
  event.preventDefault();
  const fields: Record<string, string> = {};
  for (const [name, value] of new FormData(event.currentTarget)) {
    if (typeof value === 'string') fields[name] = /password/i.test(name) ? value : value.trim();
  }
  return fields;
}

/** The server's word on each field; and what belongs to none of the fields shown. */
export function fieldErrors(error: unknown): { of: (name: string) => string | undefined; rest: string | null } {
  if (!(error instanceof Error)) return { of: () => undefined, rest: null };
  const fields = error instanceof Problem ? error.fields : {};
  return { of: (name) => fields[name], rest: Object.keys(fields).length > 0 ? null : error.message };
}

export const MIN_PASSWORD = 8;

export function usePasswordCheck() {
  const [tooShort, setTooShort] = useState(false);
  return {
    error: tooShort ? `At least ${MIN_PASSWORD} characters.` : undefined,
    check: (password: string) => {
      const good = password.length >= MIN_PASSWORD;
      setTooShort(!good);
      return good;
    },
  };
}
