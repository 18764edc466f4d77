using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Database;

public sealed class MigratorTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private readonly Migrator _migrator = new(NullLogger<Migrator>.Instance);

    [Fact]
    public async Task Two_servers_that_start_at_once_migrate_once()
    {
        await using var database = NpgsqlDataSource.Create(await (await TestCluster.GetAsync()).CreateEmptyDatabaseAsync());

        await Task.WhenAll(_migrator.RunAsync(database, Cancel), _migrator.RunAsync(database, Cancel), _migrator.RunAsync(database, Cancel));

        await using var connection = await database.OpenConnectionAsync(Cancel);
        (await connection.QueryAsync<int>("select number from migration order by number")).ShouldBe(Migrator.All.Select(migration => migration.Number));
    }

    [Fact]
    public async Task A_database_of_a_newer_Vigil_is_refused_in_one_sentence()
    {
        await using var database = NpgsqlDataSource.Create(await (await TestCluster.GetAsync()).CreateDatabaseAsync());
        await ExecuteAsync(database, "insert into migration (number, name, checksum) values (9999, '9999_from_the_future', 'x')");

        var refused = await Should.ThrowAsync<RefusedException>(() => _migrator.RunAsync(database, Cancel));

        refused.Message.ShouldContain("newer Vigil");
        refused.Message.ShouldContain("./vigil restore");
        refused.Message.Count(letter => letter == '\n').ShouldBe(0);
    }

    [Fact]
    public async Task An_edited_migration_is_refused()
    {
        await using var database = NpgsqlDataSource.Create(await (await TestCluster.GetAsync()).CreateDatabaseAsync());
        await ExecuteAsync(database, "update migration set checksum = 'other' where number = 1");

        (await Should.ThrowAsync<RefusedException>(() => _migrator.RunAsync(database, Cancel))).Message.ShouldContain("0001_accounts");
    }

    [Theory]
    [InlineData("postgresql+asyncpg://ana:s%40cret@db.example.org:5433/vigil?sslmode=require", "Host=db.example.org;Port=5433;Database=vigil;Username=ana;Password=s@cret;SSL Mode=Require")]
    [InlineData("postgres://ana@[fd00::1]/vigil", "Host=fd00::1;Port=5432;Database=vigil;Username=ana")]
    [InlineData("Host=/run/pg;Database=x", "Host=/run/pg;Database=x")]
    public void A_database_may_be_named_as_other_programs_name_it(string given, string expected) =>
        new NpgsqlConnectionStringBuilder(ConnectionStrings.Normalize(given)).EquivalentTo(new NpgsqlConnectionStringBuilder(expected)).ShouldBeTrue(ConnectionStrings.Normalize(given));

    [Theory]
    [InlineData("Host=/run/pg;Database=x", 4)]
    [InlineData("Host=/run/pg;Database=x;Timeout=30", 30)]
    [InlineData("postgres://ana@db/vigil?connect_timeout=9", 9)]
    public void Connecting_takes_four_seconds_at_most_unless_the_address_asks_for_more_patience(string given, int seconds) =>
        new NpgsqlConnectionStringBuilder(ConnectionStrings.WithLimits(ConnectionStrings.Normalize(given))).Timeout.ShouldBe(seconds);

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var connection = await database.OpenConnectionAsync(Cancel);
        await connection.ExecuteAsync(sql);
    }
}
