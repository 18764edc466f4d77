using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests.Live;

/// <summary>One server with one made-up camera for all of them: it takes a second to start.</summary>
public sealed class LiveServer : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public TestHousehold Home { get; private set; } = null!;

    public int Camera { get; private set; }

    public string Path => $"/api/v1/cameras/{Camera}";

    public async ValueTask InitializeAsync()
    {
        Server = await TestServer.StartAsync();
        Home = await TestHousehold.CreateAsync(Server);
        Camera = await AddCameraAsync("Crib");
    }

    public async Task<int> AddCameraAsync(string name)
    {
        using var answer = await Home.Client.PostAsJsonAsync("/api/v1/cameras", new { name, address = "test:" });
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt32();
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    public async Task<ClientWebSocket> WatchAsync(TestMember member, int camera, string query = "")
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", member.CookieHeader);
        socket.Options.SetRequestHeader("Origin", Server.Address.GetLeftPart(UriPartial.Authority));
        await socket.ConnectAsync(new Uri($"ws://{Server.Address.Authority}/api/v1/cameras/{camera}/live{query}"), Patience());
        return socket;
    }

    public static CancellationToken Patience() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token; // Only so that a failure ends.
}

public sealed class LiveEndpointsTests(LiveServer live) : IClassFixture<LiveServer>
{
    [Theory]
    [InlineData("")]
    [InlineData("?quality=sub")]
    public async Task A_viewer_gets_init_and_then_fragments_that_begin_with_their_capture_time(string query)
    {
        using var socket = await live.WatchAsync(live.Home.Owner, live.Camera, query);

        var text = await ReadTextAsync(socket);
        text.GetProperty("type").GetString().ShouldBe("init");
        text.GetProperty("mime").GetString().ShouldStartWith("video/mp4; codecs=\"avc1.");
        text.GetProperty("generation").GetInt32().ShouldBeGreaterThan(0);
        text.GetProperty("video").GetProperty("width").GetInt32().ShouldBeGreaterThan(0);
        BoxNames(await ReadBinaryAsync(socket)).ShouldBe(["ftyp", "moov"]);
        for (var i = 0; i < 20; i++)
        {
            BoxNames(await ReadBinaryAsync(socket)).ShouldBe(["prft", "moof", "mdat"]);
        }
    }

    [Fact]
    public async Task An_hls_player_without_our_cookie_follows_the_signed_lines()
    {
        var playlist = await live.Home.Client.GetStringAsync($"{live.Path}/hls/index.m3u8", LiveServer.Patience());
        var lines = playlist.Split('\n');
        var map = lines.First(line => line.StartsWith("#EXT-X-MAP", StringComparison.Ordinal)).Split('"')[1];
        var segment = lines.First(line => line.Contains(".m4s", StringComparison.Ordinal));

        using var stranger = live.Server.NewClient();
        BoxNames(await stranger.GetByteArrayAsync($"{live.Path}/hls/{map}", LiveServer.Patience())).ShouldBe(["ftyp", "moov"]);
        BoxNames(await stranger.GetByteArrayAsync($"{live.Path}/hls/{segment}", LiveServer.Patience()))[..3].ShouldBe(["prft", "moof", "mdat"]);
        (await stranger.GetStringAsync($"{live.Path}/hls/index.m3u8?{map.Split('?')[1]}", LiveServer.Patience())).ShouldStartWith("#EXTM3U");

        (await StatusAsync(stranger, $"{live.Path}/hls/{segment.Split('?')[0]}")).ShouldBe(HttpStatusCode.Unauthorized);
        var other = await live.AddCameraAsync("Door");
        (await StatusAsync(stranger, $"/api/v1/cameras/{other}/hls/{segment}")).ShouldBe(HttpStatusCode.Unauthorized, "signed for another camera");
    }

    [Fact]
    public async Task A_snapshot_is_a_JPEG_of_the_wanted_width()
    {
        using var answer = await live.Home.Client.GetAsync($"{live.Path}/snapshot.jpg?width=300", LiveServer.Patience());

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("image/jpeg");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await answer.Content.ReadAsByteArrayAsync(LiveServer.Patience()))[..2].ShouldBe([0xFF, 0xD8]);
    }

    [Fact]
    public async Task JPEG_pictures_follow_each_other_in_one_answer()
    {
        using var answer = await live.Home.Client.GetAsync($"{live.Path}/mjpeg?width=320", HttpCompletionOption.ResponseHeadersRead, LiveServer.Patience());
        answer.Content.Headers.ContentType!.ToString().ShouldBe("multipart/x-mixed-replace; boundary=frame");

        using var body = new StreamReader(await answer.Content.ReadAsStreamAsync(LiveServer.Patience()), Encoding.Latin1);
        for (var picture = 0; picture < 3; picture++)
        {
            (await body.ReadLineAsync(LiveServer.Patience())).ShouldBe("--frame");
            (await body.ReadLineAsync(LiveServer.Patience())).ShouldBe("Content-Type: image/jpeg");
            var length = int.Parse((await body.ReadLineAsync(LiveServer.Patience()))!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            await body.ReadLineAsync(LiveServer.Patience());
            var bytes = new char[length + 2];
            await body.ReadBlockAsync(bytes, LiveServer.Patience());
            bytes[..2].ShouldBe(['\xFF', '\xD8']);
        }
    }

    [Theory]
    [InlineData("live")]
    [InlineData("hls/index.m3u8")]
    [InlineData("hls/init-1.mp4")]
    [InlineData("hls/0.m4s")]
    [InlineData("mjpeg")]
    [InlineData("snapshot.jpg")]
    public async Task Every_door_is_shut_to_strangers_and_does_not_exist_for_other_households(string door)
    {
        var neighbour = await TestHousehold.CreateAsync(live.Server, owner: "n" + Guid.NewGuid().ToString("N")[..8]);

        (await StatusAsync(live.Server.Client, $"{live.Path}/{door}")).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(neighbour.Client, $"{live.Path}/{door}")).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task When_the_session_ends_the_viewer_is_told_and_sent_away()
    {
        var parent = await live.Home.AddAsync("p" + Guid.NewGuid().ToString("N")[..8], Place.Parent);
        using var socket = await live.WatchAsync(parent, live.Camera);
        await ReadTextAsync(socket);

        await live.Server.Services.GetRequiredService<LoginSessions>().CloseAsync(parent.Account.Id, parent.SessionId, "signedOut", LiveServer.Patience());

        var text = await ReadTextAsync(socket);
        text.GetProperty("type").GetString().ShouldBe("ended");
        text.GetProperty("reason").GetString().ShouldBe("signedOut");
        (await ReadAsync(socket)).Type.ShouldBe(WebSocketMessageType.Close);
    }

    [Fact]
    public async Task A_paused_camera_shows_nothing_and_says_why()
    {
        var camera = await live.AddCameraAsync("Bath");
        using var socket = await live.WatchAsync(live.Home.Owner, camera);
        (await ReadTextAsync(socket)).GetProperty("type").GetString().ShouldBe("init");

        using var paused = await live.Home.Client.PostAsJsonAsync($"/api/v1/cameras/{camera}/pause", new { paused = true }, LiveServer.Patience());
        paused.StatusCode.ShouldBe(HttpStatusCode.OK);

        (await ReadTextAsync(socket)).GetProperty("type").GetString().ShouldBe("ended");
        (await StatusAsync(live.Home.Client, $"/api/v1/cameras/{camera}/snapshot.jpg")).ShouldBe(HttpStatusCode.Conflict);
        using var again = await live.WatchAsync(live.Home.Owner, camera);
        (await ReadTextAsync(again)).GetProperty("reason").GetString().ShouldBe("paused");
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, LiveServer.Patience());
        return answer.StatusCode;
    }

    /// <summary>The next text message; fragments in between are passed over.</summary>
    private static async Task<JsonElement> ReadTextAsync(WebSocket socket)
    {
        while (true)
        {
            var (type, bytes) = await ReadAsync(socket);
            type.ShouldNotBe(WebSocketMessageType.Close);
            if (type == WebSocketMessageType.Text)
            {
                return JsonDocument.Parse(bytes).RootElement;
            }
        }
    }

    private static async Task<byte[]> ReadBinaryAsync(WebSocket socket)
    {
        var (type, bytes) = await ReadAsync(socket);
        type.ShouldBe(WebSocketMessageType.Binary);
        return bytes;
    }

    private static async Task<(WebSocketMessageType Type, byte[] Bytes)> ReadAsync(WebSocket socket)
    {
        var buffer = new byte[1 << 20];
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), LiveServer.Patience());
            length += received.Count;
            if (received.EndOfMessage)
            {
                return (received.MessageType, buffer[..length]);
            }
        }
    }

    private static List<string> BoxNames(byte[] bytes)
    {
        var names = new List<string>();
        for (var at = 0; at < bytes.Length; at += System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at)))
        {
            names.Add(Encoding.ASCII.GetString(bytes, at + 4, 4));
        }

        return names;
    }
}
