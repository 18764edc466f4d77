create table lullaby_file (
  id uuid primary key,
  household_id bigint not null references household (id) on delete cascade,
  name text not null check (length(name) between 1 and 100),
  seconds real not null check (seconds > 0),
  content bytea not null check (length(content) <= 16000000),
  created_by bigint references account (id) on delete set null,
  created_at timestamptz not null
);
create index lullaby_file_by_household on lullaby_file (household_id);

alter table room_lullaby drop constraint room_lullaby_sound_check;
alter table room_lullaby add constraint room_lullaby_sound_check check (sound in ('White', 'Pink', 'Brown', 'Heartbeat', 'Melody', 'File'));
alter table room_lullaby add column file_id uuid references lullaby_file (id) on delete cascade;
alter table room_lullaby add constraint room_lullaby_file_check check ((sound = 'File') = (file_id is not null));
