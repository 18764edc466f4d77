alter table camera add column record_always boolean not null default false;
alter table segment add column frames integer not null default 0;

create table recording (
  id uuid primary key,
  household_id bigint not null references household (id) on delete cascade,
  camera_id integer not null references camera (id) on delete cascade,
  name text not null check (length(name) between 1 and 255),
  kind text not null check (kind in ('manual', 'scheduled', 'continuous', 'alert')),
  schedule_id uuid,
  started_by bigint references account (id) on delete set null,
  started_by_name text check (length(started_by_name) <= 200),
  from_at timestamptz not null,
  planned_until timestamptz,
  ended_at timestamptz,
  status text not null check (status in ('recording', 'completed', 'stopped', 'failed')),
  error text check (length(error) <= 500),
  protected boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  revision integer not null default 0,
  check (ended_at >= from_at)
);
create index recording_by_camera on recording (camera_id, from_at);
create index recording_by_household on recording (household_id, from_at);
create index recording_running on recording (camera_id) where status = 'recording';
