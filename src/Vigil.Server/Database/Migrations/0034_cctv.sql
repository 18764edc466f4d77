-- What the camera contract shows of people and cameras, and who watched which camera.
alter table account
  add column first_name text check (length(first_name) <= 150),
  add column last_name text check (length(last_name) <= 150),
  add column phone_number text check (length(phone_number) <= 30),
  add column bio text check (length(bio) <= 2000),
  add column updated_at timestamptz not null default now();
