create table recording_schedule (
  id uuid primary key,
  household_id bigint not null references household (id) on delete cascade,
  camera_id integer not null references camera (id) on delete cascade,
  name text not null check (length(name) between 1 and 255),
  type text not null check (type in ('once', 'daily', 'weekly', 'continuous')),
  start_time time not null,
  end_time time not null,
  start_date date check (start_date between '2000-01-01' and '2199-12-31'),
  end_date date check (end_date between '2000-01-01' and '2199-12-31'),
  days smallint not null default 0 check (days between 0 and 127),
  is_active boolean not null default true,
  created_by bigint references account (id) on delete set null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (end_date >= start_date),
  check (type <> 'once' or start_date is not null),
  check (type <> 'weekly' or days > 0)
);
create index recording_schedule_by_household on recording_schedule (household_id, created_at);
