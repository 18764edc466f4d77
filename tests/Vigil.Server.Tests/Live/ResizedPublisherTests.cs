using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Live;

/// <summary>Browsers change the size of what they send while they send it: less line, less picture; or the phone is turned.</summary>
public sealed class ResizedPublisherTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_phone_that_is_turned_goes_on_in_every_way_of_watching()
    {
        var upright = await EncodeAsync("240x320");
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var phone = await PairedPhone.NewRoomAsync(server, home.Client, "Nursery", "Phone", Cancel);
        await using var parents = await OpenPage.OpenAsync(server, home.Owner);
        await using var publisher = await TestPublisher.StartAsync(server, phone.Camera, phone.Key, Cancel);
        await parents.UntilAsync(m => WidthOf(m) is not null and not 240);
        var path = $"/api/v1/cameras/{phone.Camera}";
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", home.Owner.CookieHeader);
        socket.Options.SetRequestHeader("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        await socket.ConnectAsync(new Uri($"ws://{server.Address.Authority}{path}/live"), LiveServer.Patience());
        var before = await ReadInitAsync(socket);
        (await home.Client.GetStringAsync($"{path}/hls/index.m3u8", LiveServer.Patience())).ShouldContain("#EXT-X-MAP");

        publisher.Show(upright);

        await parents.UntilAsync(m => WidthOf(m) == 240);
        var after = await ReadInitAsync(socket);
        after.GetProperty("video").GetProperty("height").GetInt32().ShouldBe(320);
        after.GetProperty("generation").GetInt32().ShouldBeGreaterThan(before.GetProperty("generation").GetInt32());
        using var snapshot = await home.Client.GetAsync($"{path}/snapshot.jpg", LiveServer.Patience());
        snapshot.StatusCode.ShouldBe(HttpStatusCode.OK);
        string playlist;
        do
        {
            (await ReadAsync(socket)).Type.ShouldBe(WebSocketMessageType.Binary, "pictures go on");
            playlist = await home.Client.GetStringAsync($"{path}/hls/index.m3u8", LiveServer.Patience());
        }
        while (!playlist.Contains("#EXT-X-DISCONTINUITY\n", StringComparison.Ordinal));

        publisher.Gone.IsCompleted.ShouldBeFalse();
    }

    private static int? WidthOf(JsonElement message) =>
        message.GetProperty("type").GetString() == "camera" && message.TryGetProperty("status", out var status)
        && status.GetProperty("video") is { ValueKind: JsonValueKind.Object } video
            ? video.GetProperty("width").GetInt32()
            : null;

    private static async Task<JsonElement> ReadInitAsync(WebSocket socket)
    {
        while (true)
        {
            var (type, bytes) = await ReadAsync(socket);
            type.ShouldNotBe(WebSocketMessageType.Close, Encoding.UTF8.GetString(bytes));
            if (type == WebSocketMessageType.Text)
            {
                return JsonDocument.Parse(bytes).RootElement;
            }
        }
    }

    private static async Task<(WebSocketMessageType Type, byte[] Bytes)> ReadAsync(WebSocket socket)
    {
        var buffer = new byte[1 << 20];
        for (var length = 0; ;)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), LiveServer.Patience());
            length += received.Count;
            if (received.EndOfMessage)
            {
                return (received.MessageType, buffer[..length]);
            }
        }
    }

    private static async Task<byte[]> EncodeAsync(string size)
    {
        var start = new ProcessStartInfo(
            "ffmpeg", $"-v error -nostdin -f lavfi -i testsrc2=size={size} -frames:v 1 -c:v libx264 -profile:v baseline -pix_fmt yuv420p -f h264 pipe:1")
        {
            RedirectStandardOutput = true,
        };
        using var ffmpeg = Process.Start(start)!;
        using var clip = new MemoryStream();
        await ffmpeg.StandardOutput.BaseStream.CopyToAsync(clip, Cancel);
        await ffmpeg.WaitForExitAsync(Cancel);
        return clip.ToArray();
    }
}
