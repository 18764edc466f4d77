using System.Net;
using System.Net.Http.Json;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Recordings;

public sealed class FootageOfRemovedCamerasTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Footage_goes_with_its_camera()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:b" }, Cancel);
        var ready = await page.UntilEventAsync("sound", e => e.GetProperty("clip").GetProperty("ready").GetBoolean());
        var segments = Path.Combine(server.DataDirectory, "segments");
        Directory.EnumerateFiles(segments, "*.mp4", SearchOption.AllDirectories).ShouldNotBeEmpty();

        (await home.Client.DeleteAsync("/api/v1/cameras/1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Directory.EnumerateFiles(segments, "*.mp4", SearchOption.AllDirectories).Any())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }

        (await home.Client.GetAsync(ready.GetProperty("clip").GetProperty("url").GetString(), Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await home.Client.GetStringAsync("/api/v1/events", Cancel)).ShouldBe("""{"events":[],"next":null}""");
    }
}
