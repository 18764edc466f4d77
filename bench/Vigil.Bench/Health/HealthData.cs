using System.Globalization;
using Vigil.Bench.Live;

namespace Vigil.Bench.Health;

/// <summary>A quarter of readings, a tenth of them the owner's and the rest ninety others', in the order of time as they would have come.</summary>
internal static class HealthData
{
    private const int Days = 89;
    private const int Others = 90;

    /// <summary>By SQL, with the indexes and the foreign keys put aside meanwhile; the hours are what the product would have written with them.</summary>
    public static async Task FillAsync(ServerUnderTest server, int rows)
    {
        await server.QueryAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            insert into household (id, name) overriding system value select 1000 + n, 'Others ' || n from generate_series(1, {Others}) n;
            insert into account (id, username, password_hash) overriding system value select 1000 + n, 'other' || n, '' from generate_series(1, {Others}) n;
            insert into membership (account_id, household_id, place, joined_at) select 1000 + n, 1000 + n, 'owner', now() from generate_series(1, {Others}) n;
            set session_replication_role = replica;
            set maintenance_work_mem = '512MB';
            set work_mem = '256MB';
            create temporary table index_kept as select indexname, indexdef from pg_indexes where tablename = 'health_reading' and indexname <> 'health_reading_pkey';
            do $$ declare kept record; begin
                for kept in select * from index_kept loop execute 'drop index ' || kept.indexname; end loop;
                alter table health_reading drop constraint health_reading_pkey;
                insert into health_reading (created_at, household_id, account_id, temperature, humidity, cry, fever, sick)
                select date_trunc('milliseconds', now() - interval '{Days} days' + n * (interval '{Days} days' / {rows})), who, who,
                    case when n % 211 = 0 then 38.6 else 20 + n % 500 / 100.0 end, 40 + n % 300 / 10.0, n % 37 = 0, n % 211 = 0, n % 211 = 0 and n % 37 = 0
                from generate_series(1, {rows}) n cross join lateral (select case when n % 10 = 0 then 1 else 1001 + n * 7 % {Others} end as who) w;
                alter table health_reading add primary key (id, created_at);
                for kept in select * from index_kept loop execute kept.indexdef; end loop;
            end $$;
            insert into health_hour (household_id, account_id, hour, readings, cries, sicks, fevers, both_count, temperature_sum, humidity_sum)
            select household_id, account_id, date_trunc('hour', created_at, 'UTC'), count(*), count(*) filter (where cry), count(*) filter (where sick),
                count(*) filter (where fever), count(*) filter (where fever and cry), sum(temperature), sum(humidity)
            from health_reading group by 1, 2, 3;
            """));
        await server.QueryAsync("vacuum analyze health_reading");
        await server.QueryAsync("vacuum analyze health_hour");
        await server.QueryAsync("checkpoint");
    }
}
