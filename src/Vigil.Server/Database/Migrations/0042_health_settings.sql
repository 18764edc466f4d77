-- What the parents of a household have set about readings; without a row the defaults hold.
create table health_setting (
    household_id bigint primary key references household (id) on delete cascade,
    sick_rule text not null check (sick_rule in ('cryingAndTemperature', 'temperatureOnly')),
    fever_at double precision not null check (fever_at between 35 and 42),
    born_on date check (born_on between '2000-01-01' and '2199-12-31'),
    age_hints boolean not null
);
