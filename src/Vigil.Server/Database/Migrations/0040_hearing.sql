-- How readily crying raises an alarm; what was heard; and what parents said about it.
alter table camera add column cry_sensitivity text not null default 'normal' check (cry_sensitivity in ('off', 'low', 'normal', 'high'));
alter table event add column score real check (score between 0 and 1);

create table cry_heard (
  event_id uuid primary key,
  household_id bigint not null references household (id) on delete cascade,
  camera_id integer not null references camera (id) on delete cascade,
  started_at timestamptz not null,
  threshold real not null check (threshold between 0 and 1),
  room_dbfs real,
  levels smallint[] not null,
  scores smallint[] not null,
  model text not null check (length(model) <= 40),
  features bytea not null check (length(features) <= 16384)
);
create index cry_heard_by_camera on cry_heard (camera_id, started_at);

create table cry_feedback (
  id bigint generated always as identity primary key,
  household_id bigint not null references household (id) on delete cascade,
  camera_id integer not null references camera (id) on delete cascade,
  event_id uuid,
  said text not null check (said in ('not_cry', 'missed')),
  at timestamptz not null,
  account_id bigint references account (id) on delete set null,
  by_name text not null check (length(by_name) <= 200),
  score real not null check (score between 0 and 1),
  shift real not null check (shift between -1 and 1),
  model text not null check (length(model) <= 40),
  features bytea not null check (length(features) <= 16384),
  created_at timestamptz not null,
  undone_at timestamptz
);
create index cry_feedback_by_camera on cry_feedback (camera_id, id);
create unique index cry_feedback_once on cry_feedback (event_id) where undone_at is null;
