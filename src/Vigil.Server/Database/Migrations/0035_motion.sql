-- Motion: where and how readily it is looked for, and around what an event stands.
alter table event add column box real[] check (array_length(box, 1) = 4);

create table motion_setting (
  camera_id integer primary key references camera (id) on delete cascade,
  household_id bigint not null references household (id) on delete cascade,
  enabled boolean not null,
  sensitivity integer not null check (sensitivity between 1 and 10),
  minimum_seconds double precision not null check (minimum_seconds between 0 and 60),
  record boolean not null,
  areas text not null check (length(areas) <= 16384),
  updated_at timestamptz not null
);
