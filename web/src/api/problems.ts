/** What went wrong, in the words the page may show. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string | undefined;
  /** Field name (camel case, as in our JSON) to its first message. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, message: string, code?: string, fields: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

type ProblemBody = { title?: unknown; detail?: unknown; code?: unknown; errors?: unknown };

export function problemFrom(status: number, body: unknown): Problem {
  const { title, detail, code, errors } = (typeof body === 'object' && body !== null ? body : {}) as ProblemBody;
  const fields: Record<string, string> = {};
  if (typeof errors === 'object' && errors !== null) {
    // Validation keys arrive as C# names ("HouseholdName"); our JSON and forms say householdName.
    for (const [key, value] of Object.entries(errors)) {
      const first = Array.isArray(value) ? value[0] : value;
      if (typeof first === 'string') fields[camel(key)] = first;
    }
  }
  const words = typeof detail === 'string' && detail ? detail : wordsFor(status, typeof title === 'string' ? title : undefined);
  return new Problem(status, words, typeof code === 'string' ? code : undefined, fields);
}

export const noAnswer = () => new Problem(0, 'Vigil does not answer. Check your network, then try again.', 'no_answer');

function wordsFor(status: number, title: string | undefined): string {
  if (status === 401) return 'Please sign in.';
  if (status === 403) return 'You may not do this here.';
  if (status === 404) return 'This is not here (any more).';
  if (status === 429) return 'Too many tries. Wait a minute, then try again.';
  if (status === 503) return 'The database is away. Live pictures and alarms go on; this has to wait.';
  if (status >= 500) return 'Something went wrong inside Vigil. Try again.';
  return title ?? 'That did not work.';
}

function camel(key: string): string {
  const name = key.split('.').pop() ?? key;
  return name.charAt(0).toLowerCase() + name.slice(1);
}

export function wordsOf(error: unknown): string {
  return error instanceof Error && error.message ? error.message : 'That did not work.';
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof Problem && error.status === status;
}
