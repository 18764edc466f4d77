create table event (
  id uuid primary key,
  household_id bigint not null references household (id) on delete cascade,
  camera_id integer references camera (id) on delete cascade,
  kind text not null check (kind ~ '^[a-z][a-z_]{1,39}$'),
  started_at timestamptz not null,
  until timestamptz not null,
  ended_at timestamptz,
  peak integer check (peak between 0 and 32767),
  level text check (level in ('yellow', 'red')),
  detail text check (length(detail) <= 500),
  clip_from timestamptz,
  clip_to timestamptz,
  clip_ready boolean not null default false,
  acknowledged_at timestamptz,
  acknowledged_by bigint references account (id) on delete set null,
  acknowledged_name text check (length(acknowledged_name) <= 200),
  revision integer not null default 0,
  check (until >= started_at),
  check (clip_to >= clip_from)
);
create index event_by_household on event (household_id, id desc);
create index event_by_camera on event (camera_id, id desc);
create index event_open on event (kind, camera_id) where ended_at is null;

create table sound_level (
  camera_id integer not null references camera (id) on delete cascade,
  at timestamptz not null,
  household_id bigint not null references household (id) on delete cascade,
  peak integer not null check (peak between 0 and 32767),
  mean integer not null check (mean between 0 and 32767),
  primary key (camera_id, at)
);
