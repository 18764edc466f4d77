create table offsite_copy (
  recording_id uuid not null references recording (id) on delete cascade,
  piece integer not null check (piece >= 0),
  household_id bigint not null references household (id) on delete cascade,
  path text,
  bytes bigint not null check (bytes >= 0),
  sha256 bytea check (length(sha256) = 32),
  copied_at timestamptz not null,
  primary key (recording_id, piece)
);
create index offsite_copy_by_household on offsite_copy (household_id);
