using Dapper;
using Npgsql;
using Vigil.Server.Tests.Architecture;

namespace Vigil.Server.Tests.Database;

public sealed class SchemaTests
{
    private const string Catalog =
        """
        select line from (
            select format('column %s.%s %s %s default %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                          case when a.attnotnull then 'not null' else 'null' end, coalesce(pg_get_expr(d.adbin, d.adrelid), '-'), a.attidentity) as line
            from pg_attribute a
            join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
            join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attnum > 0 and not a.attisdropped and c.relname <> 'migration'
            union all
            select format('constraint %s %s %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
            from pg_constraint c join pg_namespace n on n.oid = c.connamespace and n.nspname = 'public'
            where c.conrelid <> 0 and c.conrelid::regclass::text <> 'migration'
            union all
            select format('index %s', indexdef) from pg_indexes where schemaname = 'public' and tablename <> 'migration'
            union all
            select format('%s %s', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'sequence' end, c.relname)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public' where c.relkind in ('v', 'm', 'S')
            union all
            select format('function %s', pg_get_functiondef(p.oid)) from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace and n.nspname = 'public'
            left join pg_depend e on e.objid = p.oid and e.deptype = 'e' where e.objid is null
            union all
            select format('trigger %s', pg_get_triggerdef(t.oid)) from pg_trigger t where not t.tgisinternal
        ) lines order by line
        """;

    [Fact]
    public async Task Migrations_lead_to_what_schema_sql_says()
    {
        var cluster = await TestCluster.GetAsync();
        var schema = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "src/Vigil.Server/Database/schema.sql"), TestContext.Current.CancellationToken);
        await using var described = new NpgsqlConnection(await cluster.CreateEmptyDatabaseAsync());
        await described.ExecuteAsync(schema);
        await using var migrated = new NpgsqlConnection(await cluster.CreateDatabaseAsync());

        var fromSchema = (await described.QueryAsync<string>(Catalog)).ToList();
        var fromMigrations = (await migrated.QueryAsync<string>(Catalog)).ToList();

        fromMigrations.Except(fromSchema).ShouldBeEmpty("made by a migration, but not in schema.sql");
        fromSchema.Except(fromMigrations).ShouldBeEmpty("in schema.sql, but made by no migration");
    }

    [Fact]
    public async Task Every_table_of_a_household_names_it()
    {
        // People, servers and settings stand above households.
        string[] above = ["account", "household", "login_session", "server_setting", "sign_in_throttle", "server_instance", "loop_ownership", "migration", "footage_store",
            "signal_pairing"]; // The code of a device that is nobody's yet.
        await using var connection = new NpgsqlConnection(await (await TestCluster.GetAsync()).CreateDatabaseAsync());

        var without = await connection.QueryAsync<string>(
            """
            select t.table_name from information_schema.tables t
            where t.table_schema = 'public' and t.table_type = 'BASE TABLE' and not t.table_name = any(@above)
              and not exists (select 1 from information_schema.columns c
                              where c.table_schema = 'public' and c.table_name = t.table_name and c.column_name = 'household_id')
            """,
            new { above });

        without.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_column_that_points_to_another_table_is_deleted_with_it_or_lets_go()
    {
        await using var connection = new NpgsqlConnection(await (await TestCluster.GetAsync()).CreateDatabaseAsync());

        (await connection.QueryAsync<string>("select conname from pg_constraint where contype = 'f' and confdeltype = 'a'")).ShouldBeEmpty();
    }
}
