/** Names of everything in the query cache, in one place, so that nobody invalidates a name that nobody reads. */
export const keys = {
  setup: ['setup'] as const,
  trust: ['trust'] as const,
  me: ['me'] as const,
  mySessions: ['me', 'sessions'] as const,
  members: ['household', 'members'] as const,
  cameras: ['cameras'] as const,
  vendors: ['vendors'] as const,
  events: ['events'] as const,
  eventList: (filter: { camera?: number; kind?: string }) => ['events', 'list', filter.camera ?? 0, filter.kind ?? ''] as const,
  event: (id: string) => ['events', 'one', id] as const,
  levels: (camera: number) => ['levels', camera] as const,
  admin: ['admin'] as const,
  accounts: ['admin', 'accounts'] as const,
  adminSettings: ['admin', 'settings'] as const,
  adminSessions: ['admin', 'sessions'] as const,
  storage: ['admin', 'storage'] as const,
};
