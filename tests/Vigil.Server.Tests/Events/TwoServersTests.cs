using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Cameras;

namespace Vigil.Server.Tests.Events;

public sealed class TwoServersTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_server_tells_its_pages_of_alerts_but_neither_listens_nor_records_itself()
    {
        await using var first = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(first);
        await using var ours = await OpenPage.OpenAsync(first, home.Owner);
        await using var second = await TestServer.StartAsync(database: first.ConnectionString);
        await second.Services.GetRequiredService<CameraDirectory>().Loaded.WaitAsync(Cancel);
        var there = await TestMember.SignInAsync(second, home.Owner.Account);
        await using var theirs = await OpenPage.OpenAsync(second, there);
        // Only now, so that both pages see its first noise, however long the second server takes to start.
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:b" }, Cancel);

        var id = (await theirs.UntilEventAsync("sound")).GetProperty("id").GetString();

        (await ours.UntilEventAsync("sound")).GetProperty("id").GetString().ShouldBe(id);
        second.Services.GetRequiredService<CameraFeeds>().Find(1).ShouldBeNull();
        (await theirs.UntilAsync("level")).GetProperty("cameraId").GetInt32().ShouldBe(1);
        await ours.UntilEventAsync("sound", e => e.GetProperty("endedAt").ValueKind != System.Text.Json.JsonValueKind.Null);
        await using var count = first.Database.CreateCommand("select count(*) from event where kind = 'sound'");
        (await count.ExecuteScalarAsync(Cancel)).ShouldBe(1L);

        // A camera added on one is known on the other.
        await there.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Hall", address = "rtsp://camera.invalid/1" }, Cancel);
        await ours.UntilAsync("cameras");
        first.Services.GetRequiredService<CameraDirectory>().Find(2).ShouldNotBeNull();
    }
}
