-- Where a camera that can turn has its ONVIF service, when not where such services usually are.
alter table camera add column onvif_port integer check (onvif_port between 1 and 65535);
