using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Server.Tests.Events;
using Vigil.Testing;

namespace Vigil.Server.Tests.Detection;

public sealed class MotionTests
{
    /// <summary>A room in which nothing moves for eight seconds; then a box goes through its left half for four.</summary>
    private static readonly ClipRecipe BoxOnTheLeft = new()
    {
        Seconds = 12,
        FramesPerSecond = 15,
        KeyFrameEvery = 15,
        Picture = "smptehdbars",
        Drawn = "null[room];color=c=black:size=40x70:rate=15[box];[room][box]overlay=x='10+(mod(t,12)-8)*25':y=30:enable='gte(mod(t,12),8)'",
        Sound = false,
    };

    /// <summary>The box goes from the left edge to a little before the middle.</summary>
    private static readonly object LeftHalf = new { kind = "mask", points = Corners(0, 0, 0.55f, 1) };

    private static readonly Dictionary<string, string> Loopback = new() { ["Cameras:AllowLoopback"] = "true" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_moves_is_an_event_with_its_box_and_clip_and_what_moves_behind_a_mask_is_none()
    {
        await using var small = FakeCamera.Start(await Clip.MakeAsync(BoxOnTheLeft));
        await using var server = await TestServer.StartAsync(settings: Loopback);
        var home = await TestHousehold.CreateAsync(server);

        // In the main stream much moves everywhere: whoever watched that would see another box.
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Door", address = "test:a", subAddress = small.Address }, Cancel);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Masked", address = "test:a", subAddress = small.Address }, Cancel);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await PutAsync(home.Client, 2, new { enabled = true, areas = new[] { LeftHalf } });
        await WatchingAsync(home.Client, 2);
        await PutAsync(home.Client, 1, new { enabled = true });

        var seen = await page.UntilEventAsync("motion", e => e.GetProperty("clip").GetProperty("ready").GetBoolean());
        seen.GetProperty("cameraId").GetInt32().ShouldBe(1);
        var over = await page.UntilEventAsync("motion", e => e.GetProperty("endedAt").ValueKind != JsonValueKind.Null);
        over.GetProperty("cameraId").GetInt32().ShouldBe(1);
        var box = over.GetProperty("box");
        Number(box, "x").ShouldBeInRange(0, 0.2);
        (Number(box, "x") + Number(box, "width")).ShouldBeInRange(0.2, 0.6);
        Number(box, "y").ShouldBeInRange(0.05, 0.25);
        (await home.Client.GetByteArrayAsync(over.GetProperty("clip").GetProperty("url").GetString(), Cancel)).Length.ShouldBeGreaterThan(10_000);

        // Another round of the clip: by then the masked camera, which has watched for longer, has seen the box pass as well.
        await page.UntilEventAsync("motion", e => e.GetProperty("endedAt").ToString() is { Length: > 0 } end && end != over.GetProperty("endedAt").ToString());
        var events = await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/events?kind=motion", Cancel);
        events.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("cameraId").GetInt32()).ShouldAllBe(id => id == 1);
        (await NowAsync(home.Client, 2)).GetProperty("state").GetString().ShouldBe("watching");
        await FiledWithItsBoxAsync(server);

        var recordings = await home.Client.GetStringAsync("/api/v1/recordings?camera=1", Cancel);
        recordings.ShouldContain("\"alert\"");
    }

    [Fact]
    public async Task A_camera_without_a_sub_stream_is_watched_by_its_key_frames_and_only_while_somebody_wants_it()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Hall", address = "test:a" }, Cancel);
        var before = await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/cameras/1/motion", Cancel);
        before.GetProperty("enabled").GetBoolean().ShouldBeFalse();
        before.GetProperty("state").GetString().ShouldBe("off");

        // Looking is enough to see what the detector sees; there is no event of it.
        await WatchingAsync(home.Client, 1);
        (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/events?kind=motion", Cancel)).GetProperty("events").GetArrayLength().ShouldBe(0);

        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await PutAsync(home.Client, 1, new { enabled = true, record = false, minimumSeconds = 0 });
        var seen = await page.UntilEventAsync("motion");
        seen.GetProperty("clip").ValueKind.ShouldBe(JsonValueKind.Null);
        (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/cameras/1/motion", Cancel)).GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("whole pictures");

        await PutAsync(home.Client, 1, new { enabled = false });
        await page.UntilEventAsync("motion", e => e.GetProperty("endedAt").ValueKind != JsonValueKind.Null);
    }

    [Fact]
    public async Task A_decoder_that_dies_is_started_again()
    {
        var folder = Directory.CreateTempSubdirectory("vigil-motion-").FullName;
        try
        {
            // An ffmpeg whose first motion decoder dies; whatever else it is asked it does.
            var marker = Path.Combine(folder, "died");
            var program = Path.Combine(folder, "ffmpeg");
            await File.WriteAllTextAsync(
                program, $"#!/bin/sh\ncase \"$*\" in *skip_loop_filter*) [ -e {marker} ] || {{ touch {marker}; exit 1; }};; esac\nexec ffmpeg \"$@\"\n", Cancel);
            File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111); // The decoder may run as another account.
            await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["Cameras:FfmpegPath"] = program });
            var home = await TestHousehold.CreateAsync(server);
            await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Hall", address = "test:a" }, Cancel);
            await WatchingAsync(home.Client, 1);
            File.Exists(marker).ShouldBeTrue();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Settings_are_checked_and_stay()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Hall", address = "test:a" }, Cancel);
        foreach (var wrong in new object[]
        {
            new { sensitivity = 0 },
            new { sensitivity = 11 },
            new { minimumSeconds = -1 },
            new { minimumSeconds = 61 },
            new { areas = new[] { new { kind = "zone", points = Corners(0, 0, 1, 1).Take(2) } } },
            new { areas = new[] { new { kind = "zone", points = Corners(0, 0, 1.01f, 1) } } },
            new { areas = new object?[] { null } },
            new { areas = new[] { new { kind = "zone", points = new object?[] { null, null, null } } } },
            new { areas = Enumerable.Repeat(new { kind = "zone", points = Corners(0, 0, 1, 1) }, 9) },
            new { areas = new[] { new { kind = "zone", points = Enumerable.Repeat(new { x = 0.5f, y = 0.5f }, 17) } } },
            new { areas = new[] { new { kind = "hole", points = Corners(0, 0, 1, 1) } } },
        })
        {
            using var refused = await home.Client.PutAsJsonAsync("/api/v1/cameras/1/motion", wrong, Cancel);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest, JsonSerializer.Serialize(wrong));
        }

        await PutAsync(home.Client, 1, new { sensitivity = 8, areas = Enumerable.Repeat(LeftHalf, 8) });
        await PutAsync(home.Client, 1, new { minimumSeconds = 2.5 });

        var kept = await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/cameras/1/motion", Cancel);
        kept.GetProperty("sensitivity").GetInt32().ShouldBe(8);
        kept.GetProperty("minimumSeconds").GetDouble().ShouldBe(2.5);
        kept.GetProperty("enabled").GetBoolean().ShouldBeFalse();
        kept.GetProperty("areas").GetArrayLength().ShouldBe(8);
        kept.GetProperty("areas")[0].GetProperty("kind").GetString().ShouldBe("mask");
        Number(kept.GetProperty("areas")[0].GetProperty("points")[1], "x").ShouldBe(0.55, 0.001);
    }

    private static async Task PutAsync(HttpClient client, int camera, object body)
    {
        using var answer = await client.PutAsJsonAsync($"/api/v1/cameras/{camera}/motion", body, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static Task<JsonElement> NowAsync(HttpClient client, int camera) =>
        client.GetFromJsonAsync<JsonElement>($"/api/v1/cameras/{camera}/motion/now", Cancel);

    private static async Task WatchingAsync(HttpClient client, int camera)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)); // Only so that a failure ends.
        while ((await NowAsync(client, camera)).GetProperty("state").GetString() != "watching")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
        }
    }

    private static async Task FiledWithItsBoxAsync(TestServer server)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            await using var connection = await server.Database.OpenConnectionAsync(patience.Token);
            await using var command = connection.CreateCommand();
            command.CommandText = "select count(*) from event where kind = 'motion' and camera_id = 1 and box[3] between 0.1 and 0.6";
            if ((long)(await command.ExecuteScalarAsync(patience.Token))! > 0)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
        }
    }

    private static double Number(JsonElement of, string name) => of.GetProperty(name).GetDouble();

    private static object[] Corners(float left, float top, float right, float bottom) =>
        [new { x = left, y = top }, new { x = right, y = top }, new { x = right, y = bottom }, new { x = left, y = bottom }];
}
