using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Tests.Cameras;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Live;

/// <summary>Whatever shows a camera ends with the right to it, by itself.</summary>
public sealed class RightsEndTests(LiveServer live) : IClassFixture<LiveServer>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sockets_pictures_and_WebRTC_end_when_the_window_does_and_when_somebody_revokes(bool byWindow)
    {
        var guest = await live.Home.AddAsync("g" + Guid.NewGuid().ToString("N")[..8], Place.Guest);
        var camera = await live.AddCameraAsync("Play room");
        var row = await live.Server.GrantAsync(live.Home, camera, guest);
        using var socket = await live.WatchAsync(guest, camera);
        using var monitor = await OpenAsync(guest, $"/ws/monitor/{camera}/");
        using var mjpeg = await guest.Client.GetAsync($"/api/v1/cameras/{camera}/mjpeg?width=64", HttpCompletionOption.ResponseHeadersRead, LiveServer.Patience());
        await using var viewer = await TestPublisher.WatchAsync(guest.Client, camera, LiveServer.Patience());
        var playlist = await guest.Client.GetStringAsync($"/api/v1/cameras/{camera}/hls/index.m3u8", LiveServer.Patience());
        var segment = playlist.Split('\n').First(line => line.Contains(".m4s", StringComparison.Ordinal));
        using var player = live.Server.NewClient();
        (await player.GetAsync($"/api/v1/cameras/{camera}/hls/{segment}", LiveServer.Patience())).StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var page = await OpenPage.OpenAsync(live.Server, guest);
        await page.UntilAsync("camera");

        var grants = live.Server.Services.GetRequiredService<CameraGrants>();
        if (byWindow)
        {
            // Since yesterday the days are over: as if the clock had reached the end of the window.
            await live.Server.GrantAsync(live.Home, camera, guest, new AccessRule { LastDay = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(-2) });
        }
        else
        {
            (await grants.RemoveAsync(live.Home.Id, row.Id, LiveServer.Patience())).ShouldBeTrue();
        }

        (await EndOfAsync(socket)).ShouldBe("accessEnded");
        await EndOfAsync(monitor);
        await EndOfAsync(await mjpeg.Content.ReadAsStreamAsync(LiveServer.Patience()));
        await viewer.Gone.WaitAsync(LiveServer.Patience());
        await page.UntilAsync("cameras");
        var refused = byWindow ? HttpStatusCode.Forbidden : HttpStatusCode.NotFound;
        (await player.GetAsync($"/api/v1/cameras/{camera}/hls/{segment}", LiveServer.Patience())).StatusCode.ShouldBe(refused);
        (await guest.Client.GetAsync($"/api/v1/cameras/{camera}/snapshot.jpg", LiveServer.Patience())).StatusCode.ShouldBe(refused);
        (await guest.Client.GetAsync($"/api/device/{camera}", LiveServer.Patience())).StatusCode.ShouldBe(refused);
    }

    /// <summary>Reads until the far side closes; the reason of the last text that has one.</summary>
    private static async Task<string?> EndOfAsync(WebSocket socket)
    {
        var buffer = new byte[1 << 20];
        string? reason = null;
        for (var length = 0; ;)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), LiveServer.Patience());
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return reason;
            }

            length += received.Count;
            if (!received.EndOfMessage)
            {
                continue;
            }

            if (received.MessageType == WebSocketMessageType.Text && JsonDocument.Parse(buffer.AsMemory(0, length)).RootElement.TryGetProperty("reason", out var why))
            {
                reason = why.GetString();
            }

            length = 0;
        }
    }

    private static async Task EndOfAsync(Stream body)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await body.ReadAsync(buffer, LiveServer.Patience()) > 0)
            {
            }
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            // Cut off: as good an end.
        }
    }

    private async Task<ClientWebSocket> OpenAsync(TestMember member, string path)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", member.CookieHeader);
        socket.Options.SetRequestHeader("Origin", live.Server.Address.GetLeftPart(UriPartial.Authority));
        await socket.ConnectAsync(new Uri($"ws://{live.Server.Address.Authority}{path}"), LiveServer.Patience());
        return socket;
    }
}
