create table signal_device (
  id bigint generated always as identity primary key,
  device_id text not null unique check (length(device_id) between 1 and 100),
  device_name text check (length(device_name) between 1 and 255),
  device_type text not null default 'camera' check (length(device_type) between 1 and 50),
  secret_hash bytea check (length(secret_hash) = 32),
  secret_required boolean not null default false,
  household_id bigint references household (id) on delete cascade,
  owner_id bigint references account (id) on delete set null,
  camera_id integer unique references camera (id) on delete cascade,
  registered_at timestamptz not null,
  paired_at timestamptz,
  last_seen_at timestamptz,
  check ((household_id is null) = (camera_id is null) and (camera_id is null) = (paired_at is null))
);
create index signal_device_by_household on signal_device (household_id) where household_id is not null;
create index signal_device_unowned on signal_device (registered_at) where camera_id is null;

create table signal_pairing (
  signal_device_id bigint primary key references signal_device (id) on delete cascade,
  code_hash bytea not null unique check (length(code_hash) = 32),
  created_by bigint references account (id) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
