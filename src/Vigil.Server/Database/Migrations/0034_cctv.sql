-- What the camera contract shows of people and cameras, and who watched which camera.
alter table account
  add column first_name text check (length(first_name) <= 150),
  add column last_name text check (length(last_name) <= 150),
  add column phone_number text check (length(phone_number) <= 30),
  add column bio text check (length(bio) <= 2000),
  add column updated_at timestamptz not null default now();

alter table camera
  add column description text not null default '' check (length(description) <= 2000),
  add column camera_type text not null default 'rtsp' check (camera_type in ('ip', 'rtsp', 'webcam')),
  add column recording_mode text not null default 'backend' check (recording_mode in ('backend', 'local_client')),
  add column record_quality text not null default 'medium' check (record_quality in ('high', 'medium', 'low')),
  add column retention_hours integer check (retention_hours between 0 and 876000),
  add column created_by bigint references account (id) on delete set null;

create table stream_session (
  id uuid primary key,
  household_id bigint not null references household (id) on delete cascade,
  camera_id integer not null references camera (id) on delete cascade,
  account_id bigint references account (id) on delete set null,
  viewer text not null check (length(viewer) between 1 and 200),
  road text not null check (road in ('mjpeg', 'mse', 'hls', 'webRtc')),
  quality text not null check (quality in ('main', 'sub')),
  client text check (length(client) <= 400),
  address text check (length(address) <= 64),
  started_at timestamptz not null,
  seen_at timestamptz not null,
  ended_at timestamptz,
  check (seen_at >= started_at),
  check (ended_at >= started_at)
);
create index stream_session_by_camera on stream_session (camera_id, started_at desc);
create index stream_session_by_household on stream_session (household_id, started_at desc);
create index stream_session_open on stream_session (seen_at) where ended_at is null;
