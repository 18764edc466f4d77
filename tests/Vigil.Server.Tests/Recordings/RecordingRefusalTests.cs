using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Media;
using Vigil.Server.Cameras;
using Vigil.Server.Recordings;

namespace Vigil.Server.Tests.Recordings;

/// <summary>Names that the database refuses, and footage that must not stay behind.</summary>
public sealed class RecordingRefusalTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_that_cannot_be_stored_is_refused_or_cut_and_others_are_filed()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = false }, Cancel);
        foreach (var camera in new[] { "Hall", "Door" })
        {
            await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = camera, address = "test:", paused = true }, Cancel);
        }

        (await home.Client.PostAsJsonAsync("/api/v1/cameras/1/recordings", new { name = "a\0b" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var book = server.Services.GetRequiredService<RecordingBook>();
        var one = book.Start(new RecordingStart { CameraId = 2, Kind = RecordingKind.Manual, Name = "a\0b" + new string('x', 250) + "👶👶👶" })!;
        var two = book.Start(new RecordingStart { CameraId = 3, Kind = RecordingKind.Manual, Name = "Nap" })!;
        one.Name.Length.ShouldBeLessThanOrEqualTo(255);

        var table = server.Services.GetRequiredService<RecordingTable>();
        await UntilAsync(async () => await table.FindAsync(home.Id, two.Id, Cancel) is not null);
        (await table.FindAsync(home.Id, one.Id, Cancel))!.Name.ShouldBe(one.Name);
    }

    [Fact]
    public async Task One_recording_that_the_database_refuses_holds_up_no_other()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Hall", address = "test:", paused = true }, Cancel);
        var now = DateTimeOffset.UnixEpoch.AddYears(50);
        Recording Of(string? error) => new()
        {
            Id = Guid.NewGuid(),
            HouseholdId = home.Id,
            CameraId = 1,
            Name = "Nap",
            Kind = RecordingKind.Manual,
            From = now,
            EndedAt = now.AddMinutes(1),
            Status = RecordingStatus.Failed,
            Error = error,
            CreatedAt = now,
            UpdatedAt = now,
        };
        Recording bad = Of("a\0b"), half = Of("a" + (char)0xD83D), good = Of(null);
        var table = server.Services.GetRequiredService<RecordingTable>();

        (await table.FileAsync([bad, half, good], Cancel)).ShouldBe([bad.Id, half.Id]);

        (await table.FindAsync(home.Id, good.Id, Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Who_plays_the_same_footage_shares_one_opened_clip()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:a", recordAlways = true }, Cancel);
        var index = server.Services.GetRequiredService<SegmentIndex>();
        await UntilAsync(() => Task.FromResult(index.FindRecent(1, DateTimeOffset.MinValue, DateTimeOffset.MaxValue).Any(s => s.Frames > 20)));
        var segments = index.FindRecent(1, DateTimeOffset.MinValue, DateTimeOffset.MaxValue).ToList();
        var (from, to) = (segments[0].Start, segments[0].End);
        var clips = server.Services.GetRequiredService<OpenClips>();

        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => clips.OpenAsync(segments, from, to, default, Cancel)));
        var shorter = await clips.OpenAsync(segments, from, to.AddSeconds(-0.5), default, Cancel);

        var first = opened[0].Clip!;
        opened.ShouldAllBe(o => ReferenceEquals(o.Clip!.File, first.File));
        shorter.Clip!.File.ShouldNotBeSameAs(first.File);
        foreach (var one in opened)
        {
            one.Clip!.Dispose();
        }

        using var again = (await clips.OpenAsync(segments, from, to, default, Cancel)).Clip!;
        again.File.ShouldBeSameAs(first.File, "The next part of a player's reading comes a moment later.");
        (await again.File.ReadAsync(0, new byte[64], Cancel)).ShouldBe(64);
        shorter.Clip.Dispose();
    }

    [Fact]
    public async Task A_recording_deleted_while_it_runs_leaves_no_footage()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:a", recordOnAlert = false }, Cancel);
        var feeds = server.Services.GetRequiredService<CameraFeeds>();
        await UntilAsync(() => Task.FromResult(feeds.Find(1)?.Status.State == FeedState.Live));
        var started = server.Services.GetRequiredService<RecordingBook>().Start(new RecordingStart { CameraId = 1, Kind = RecordingKind.Manual })!;
        var index = server.Services.GetRequiredService<SegmentIndex>();
        await UntilAsync(() => Task.FromResult(index.FindRecent(1, started.From, DateTimeOffset.MaxValue).Any(s => s.Frames > 20)));

        (await home.Client.DeleteAsync($"/api/v1/recordings/{started.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        Files(server).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_camera_removed_while_the_disk_is_being_compared_takes_its_footage_along()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:a", recordAlways = true }, Cancel);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Hall", address = "test:", paused = true }, Cancel);
        await UntilAsync(() => Task.FromResult(Files(server).Any()));
        await ExecuteAsync(server, "alter table segment rename to segment_away");
        (await home.Client.DeleteAsync("/api/v1/cameras/2", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await home.Client.DeleteAsync("/api/v1/cameras/1", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await ExecuteAsync(server, "alter table segment_away rename to segment");

        await UntilAsync(() => Task.FromResult(!Files(server).Any()));
    }

    [Fact]
    public async Task A_camera_removed_before_the_first_word_of_its_file_leaves_no_footage()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await server.Services.GetRequiredService<SegmentIndex>().Compared.WaitAsync(Cancel);
        for (var camera = 1; camera <= 4; camera++)
        {
            await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:a", recordAlways = true }, Cancel);
            await UntilAsync(() => Task.FromResult(Files(server).Any()));

            (await home.Client.DeleteAsync($"/api/v1/cameras/{camera}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

            await UntilAsync(() => Task.FromResult(!Files(server).Any()));
        }
    }

    private static IEnumerable<string> Files(TestServer server) =>
        Directory.EnumerateFiles(Path.Combine(server.DataDirectory, "segments"), "*.mp4", SearchOption.AllDirectories);

    private static async Task ExecuteAsync(TestServer server, string sql)
    {
        await using var command = server.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task UntilAsync(Func<Task<bool>> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await done())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        }
    }
}
