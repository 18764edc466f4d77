create table room_lullaby (
  camera_id integer primary key references camera (id) on delete cascade,
  household_id bigint not null references household (id) on delete cascade,
  sound text not null check (sound in ('White', 'Pink', 'Brown', 'Heartbeat', 'Melody')),
  volume real not null check (volume between 0 and 1),
  started_by text not null check (length(started_by) <= 200),
  started_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > started_at)
);
