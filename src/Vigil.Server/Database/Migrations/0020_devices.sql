create table device_key (
  id bigint generated always as identity primary key,
  household_id bigint not null references household (id) on delete cascade,
  camera_id integer not null references camera (id) on delete cascade,
  prefix text not null unique check (prefix ~ '^[A-Za-z0-9]{8}$'),
  secret_hash bytea not null check (length(secret_hash) = 32),
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['publish', 'upload', 'health', 'signal']),
  name text not null check (length(name) between 1 and 100),
  created_by bigint references account (id) on delete set null,
  created_at timestamptz not null,
  last_seen_at timestamptz,
  revoked_at timestamptz
);
create index device_key_by_camera on device_key (camera_id) where revoked_at is null;

create table device_pairing (
  camera_id integer primary key references camera (id) on delete cascade,
  household_id bigint not null references household (id) on delete cascade,
  code_hash bytea not null unique check (length(code_hash) = 32),
  created_by bigint references account (id) on delete set null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

alter table camera add column published_at timestamptz;
