using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Cameras;

public sealed class OlderAddressesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_that_an_older_dump_has_in_clear_is_sealed_by_the_start_after_it_is_restored()
    {
        var folder = Directory.CreateTempSubdirectory("vigil-older-").FullName;
        var (dump, data) = (Path.Combine(folder, "vigil.dump"), Path.Combine(folder, "data"));
        var database = await (await TestCluster.GetAsync()).CreateEmptyDatabaseAsync();
        await using (var old = await TestServer.StartAsync())
        {
            var home = await TestHousehold.CreateAsync(old);
            await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "rtsp://192.0.2.1/live", paused = true }, Cancel);
            await using var connection = await old.Database.OpenConnectionAsync(Cancel);
            (await connection.ExecuteAsync(
                "update camera set address = 'rtsps://192.0.2.1:7441/kLm3QwErTy12ZxCv', sub_address = 'rtsp://192.0.2.1/sub?token=geheim' where household_id = @id",
                new { id = home.Id })).ShouldBe(1);
            await PostgresTools.DumpAsync(old.ConnectionString, dump, Cancel);
        }

        await using (var offline = VigilServer.Build(["--data", data, "--ConnectionStrings:Vigil", database, "--environment", Commands.Environment]))
        {
            await Restore.ReadAsync(dump, "", offline.Services, Cancel);
        }

        await using (var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["Data"] = data }, database: database))
        {
            await server.Services.GetRequiredService<CameraDirectory>().Loaded.WaitAsync(Cancel);
            await using var connection = await server.Database.OpenConnectionAsync(Cancel);
            var rows = JsonSerializer.Serialize(await connection.QueryAsync("select * from camera"));
            rows.ShouldContain("rtsps://192.0.2.1:7441/{secret1}");
            rows.ShouldContain("?token={secret2}");
            rows.ShouldNotContain("kLm3QwErTy12ZxCv");
            rows.ShouldNotContain("geheim");
            var feeds = server.Services.GetRequiredService<CameraDirectory>().All.ShouldHaveSingleItem();
            var hidden = server.Services.GetRequiredService<CameraSecrets>().OpenHidden(feeds);
            CameraAddress.ToConnect(feeds.Address, null, hidden).OriginalString.ShouldBe("rtsps://192.0.2.1:7441/kLm3QwErTy12ZxCv");
            CameraAddress.ToConnect(feeds.SubAddress!, null, hidden).OriginalString.ShouldBe("rtsp://192.0.2.1/sub?token=geheim");
        }

        Directory.Delete(folder, recursive: true);
    }
}
