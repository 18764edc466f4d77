alter table camera add column is_public boolean not null default false;

create table camera_access (
  id bigint generated always as identity primary key,
  household_id bigint not null references household (id) on delete cascade,
  camera_id integer not null references camera (id) on delete cascade,
  account_id bigint not null references account (id) on delete cascade,
  level text not null check (level in ('view', 'control', 'admin')),
  can_record boolean not null default false,
  can_schedule boolean not null default false,
  can_download boolean not null default true,
  window_start time,
  window_end time,
  first_day date,
  last_day date,
  granted_by bigint references account (id) on delete set null,
  granted_at timestamptz not null,
  is_active boolean not null default true,
  unique (account_id, camera_id),
  check (window_start <> window_end),
  check (last_day >= first_day)
);
create index camera_access_by_household on camera_access (household_id, camera_id);

create view household_part as
select account_id, household_id, place, false as is_outsider, joined_at from membership
union all
select a.account_id, a.household_id, 'guest', true, min(a.granted_at)
from camera_access a
where a.is_active and not exists (select 1 from membership m where m.account_id = a.account_id and m.household_id = a.household_id)
group by a.account_id, a.household_id;
