-- Beyond these a room raises an event, where somebody has set them.
create table room_limit (
    camera_id integer primary key references camera (id) on delete cascade,
    household_id bigint not null references household (id) on delete cascade,
    too_cold double precision check (too_cold between -10 and 50),
    too_hot double precision check (too_hot between -10 and 50),
    too_humid double precision check (too_humid between 0 and 100),
    check (too_cold < too_hot)
);
