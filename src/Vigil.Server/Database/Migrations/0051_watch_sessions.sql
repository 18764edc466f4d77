create table watch_session (
  id uuid primary key,
  household_id bigint not null references household (id) on delete cascade,
  signal_device_id bigint not null references signal_device (id) on delete cascade,
  account_id bigint references account (id) on delete set null,
  status text not null check (status in ('pending', 'active', 'ended')),
  reason text check (reason in ('user_ended', 'viewer_disconnected', 'device_disconnected', 'timeout', 'error')),
  started_at timestamptz not null,
  active_at timestamptz,
  ended_at timestamptz,
  seen_at timestamptz not null,
  check ((status = 'ended') = (ended_at is not null) and (status = 'ended') = (reason is not null))
);
create index watch_session_by_device on watch_session (signal_device_id, started_at desc);
create index watch_session_open on watch_session (seen_at) where status <> 'ended';
