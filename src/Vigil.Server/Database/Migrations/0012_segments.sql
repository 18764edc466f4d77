create table segment (
  path text primary key check (length(path) <= 255),
  household_id bigint not null references household (id) on delete cascade,
  camera_id integer not null references camera (id) on delete cascade,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  bytes bigint not null check (bytes >= 0),
  ended text not null check (ended ~ '^[A-Za-z]{1,30}$'),
  video_codec text not null default '',
  audio_codec text not null default '',
  width integer not null default 0,
  height integer not null default 0,
  check (ended_at >= started_at)
);
create index segment_by_camera on segment (camera_id, started_at);
create index segment_by_age on segment (started_at);
