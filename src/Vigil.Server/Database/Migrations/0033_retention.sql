create table camera_retention (
  camera_id integer primary key references camera (id) on delete cascade,
  household_id bigint not null references household (id) on delete cascade,
  max_bytes bigint not null check (max_bytes > 0)
);

create table household_retention (
  household_id bigint primary key references household (id) on delete cascade,
  max_bytes bigint not null check (max_bytes > 0)
);
