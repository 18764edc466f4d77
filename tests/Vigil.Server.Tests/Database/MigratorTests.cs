using System.Net;

namespace Vigil.Server.Tests.Database;

public sealed class MigratorTests
{
    [Fact]
    public async Task The_server_starts_on_an_empty_database_and_a_stranger_gets_401()
    {
        await using var server = await TestServer.StartAsync();

        (await server.Client.GetAsync("/api/v1/nothing", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_member_gets_404_where_there_is_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var household = await TestHousehold.CreateAsync(server);

        (await household.Client.GetAsync("/api/v1/nothing", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
