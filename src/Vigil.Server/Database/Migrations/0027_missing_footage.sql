create table missing_segment (
    path text primary key check (length(path) <= 255),
    household_id bigint not null references household (id) on delete cascade,
    camera_id integer not null references camera (id) on delete cascade,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    bytes bigint not null check (bytes >= 0),
    noticed_at timestamptz not null
);

create index missing_segment_by_camera on missing_segment (camera_id, started_at);

create table footage_store (
    single boolean primary key default true check (single),
    id uuid not null
);
