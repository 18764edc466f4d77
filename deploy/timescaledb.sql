-- NOT RUN: written for TimescaleDB 2, which could not be had where Vigil is built and tested. Try it on a copy first.
-- Parts the table of readings by days, packs what is older than a week, and drops what is older than ninety days.
-- Where the extension is not offered nothing is changed, and Vigil works the same without it.
--   psql "$DATABASE_URL" -f deploy/timescaledb.sql
do $$
begin
    if not exists (select 1 from pg_available_extensions where name = 'timescaledb') then
        raise notice 'TimescaleDB is not installed here; nothing was changed.';
        return;
    end if;

    create extension if not exists timescaledb;
    -- By itself the call makes an index on the time; readings have theirs.
    perform create_hypertable('health_reading', 'created_at', chunk_time_interval => interval '1 day',
        create_default_indexes => false, migrate_data => true, if_not_exists => true);
    alter table health_reading set (timescaledb.compress, timescaledb.compress_segmentby = 'household_id, account_id',
        timescaledb.compress_orderby = 'created_at desc, id desc');
    perform add_compression_policy('health_reading', interval '7 days', if_not_exists => true);
    -- As long as Health:RetentionDays, if that was changed.
    perform add_retention_policy('health_reading', interval '90 days', if_not_exists => true);
end
$$;
