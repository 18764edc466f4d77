using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Testing;

namespace Vigil.Server.Tests.Events;

public sealed class DatabaseAwayTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_alert_arrives_while_the_database_is_away_and_is_filed_exactly_once_when_it_is_back()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:b" }, Cancel);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        (await page.UntilAsync("database")).GetProperty("available").GetBoolean().ShouldBeTrue();
        var name = new NpgsqlConnectionStringBuilder(server.ConnectionString).Database!;
        var cluster = await TestCluster.GetAsync();

        await cluster.ExecuteAsync($"alter database {name} allow_connections false");
        await cluster.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        await page.UntilAsync(m => m.GetProperty("type").GetString() == "database" && !m.GetProperty("available").GetBoolean());

        // The noise comes on the page, and its clip plays, all without a database.
        var alert = await page.UntilEventAsync("sound");
        var id = alert.GetProperty("id").GetString()!;
        var ready = await page.UntilEventAsync("sound", e => e.GetProperty("clip").GetProperty("ready").GetBoolean());
        var clip = await home.Client.GetAsync(ready.GetProperty("clip").GetProperty("url").GetString(), Cancel);
        clip.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/events", Cancel)).GetProperty("events")[0].GetProperty("id").GetString().ShouldBe(id);
        await page.UntilEventAsync("sound", e => e.GetProperty("endedAt").ValueKind != JsonValueKind.Null);

        await cluster.ExecuteAsync($"alter database {name} allow_connections true");
        await page.UntilAsync(m => m.GetProperty("type").GetString() == "database" && m.GetProperty("available").GetBoolean());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await CountAsync(server, $"select count(*) from event where id = '{id}' and ended_at is not null") == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }

        (await CountAsync(server, "select count(*) from event where kind = 'sound'")).ShouldBe(1);
    }

    [Fact]
    public async Task The_first_visitor_waits_until_the_last_table_is_there()
    {
        await using var server = await TestServer.StartAsync(new ManualTime());
        server.Services.GetRequiredService<DatabaseState>().Set(false); // As between the first migration and the last: it answers, but is not ready.

        (await server.Client.GetAsync("/api/v1/setup", Cancel)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var owner = new { email = "ana@example.org", password = "correct horse battery", householdName = "Home", timeZone = "UTC" };
        (await server.Client.PostAsJsonAsync("/api/v1/setup", owner, Cancel)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        server.Services.GetRequiredService<DatabaseState>().Set(true);
        (await server.Client.PostAsJsonAsync("/api/v1/setup", owner, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task What_waited_on_disk_when_the_server_died_is_filed_by_the_next_one()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var log = server.Services.GetRequiredService<EventLog>();
        await log.SpoolFiled.WaitAsync(Cancel);
        var old = new CameraEvent
        {
            Id = Guid.CreateVersion7(),
            HouseholdId = home.Id,
            Kind = EventKind.ServerTrouble,
            StartedAt = TimeProvider.System.GetUtcNow(),
            Until = TimeProvider.System.GetUtcNow(),
            Revision = 3,
        };
        new EventSpool(Path.Combine(server.DataDirectory, "spool", "events.log")).Append([old, old with { Id = Guid.CreateVersion7(), HouseholdId = 999 }]);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await CountAsync(server, $"select count(*) from event where id = '{old.Id}' and revision = 3") == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }

        // Of a household that is gone meanwhile: dropped, and nothing behind it is held up.
        (await CountAsync(server, "select count(*) from event")).ShouldBe(1);
        var table = server.Services.GetRequiredService<EventTable>();
        await table.FileAsync([old with { Revision = 2, Detail = "older" }, old with { Detail = "same" }], Cancel);
        (await CountAsync(server, "select count(*) from event where detail is null")).ShouldBe(1);
    }

    private static async Task<long> CountAsync(TestServer server, string sql)
    {
        await using var command = server.Database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
