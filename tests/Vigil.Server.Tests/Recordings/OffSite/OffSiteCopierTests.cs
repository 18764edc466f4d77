using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;
using Vigil.Server.Recordings;
using Vigil.Server.Recordings.OffSite;

namespace Vigil.Server.Tests.Recordings.OffSite;

public sealed class OffSiteCopierTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("offsite-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_has_a_star_is_copied_once_when_the_second_disk_is_there()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["OffSite:Directory"] = root });
        var home = await TestHousehold.CreateAsync(server, "ana", "UTC");
        var id = await RecordedAsync(server, home);
        var copier = server.Services.GetRequiredService<OffSiteCopier>();
        File.WriteAllText(Path.Combine(root, OffSiteDisk.Marker), "");
        await copier.RoundAsync(() => { }, Cancel);
        Files().ShouldBeEmpty("nothing has a star");
        File.Delete(Path.Combine(root, OffSiteDisk.Marker));

        (await home.Client.PatchAsJsonAsync($"/api/v1/recordings/{id}", new { @protected = true }, Cancel)).EnsureSuccessStatusCode();
        await server.UntilFiledAsync(id);
        await copier.RoundAsync(() => { }, Cancel);
        var away = await ViewAsync(home);
        (away.GetProperty("state").GetString(), away.GetProperty("waiting").GetInt32()).ShouldBe(("away", 1));
        Directory.GetFileSystemEntries(root).ShouldBeEmpty();

        File.WriteAllText(Path.Combine(root, OffSiteDisk.Marker), "");
        await copier.RoundAsync(() => { }, Cancel);

        var file = Files().ShouldHaveSingleItem();
        Path.GetRelativePath(root, file).ShouldStartWith($"{home.Id}/1/");
        var played = await home.Client.GetByteArrayAsync($"/api/v1/recordings/{id}/video.mp4", Cancel);
        (await File.ReadAllBytesAsync(file, Cancel)).ShouldBe(played);
        (await File.ReadAllTextAsync(file + ".sha256", Cancel)).ShouldStartWith(Convert.ToHexStringLower(SHA256.HashData(played)));
        var ready = await ViewAsync(home);
        (ready.GetProperty("state").GetString(), ready.GetProperty("waiting").GetInt32(), ready.GetProperty("copied").GetInt32()).ShouldBe(("ready", 0, 1));
        ready.GetProperty("bytes").GetInt64().ShouldBe(played.Length);

        // Copied is copied, and a copy outlives what it was made of.
        File.Delete(file);
        await copier.RoundAsync(() => { }, Cancel);
        Files().ShouldBeEmpty();
        var neighbour = await TestHousehold.CreateAsync(server, "eve");
        (await ViewAsync(neighbour)).GetProperty("copied").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Footage_whose_own_disk_is_not_connected_waits_and_is_not_taken_for_none()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["OffSite:Directory"] = root });
        File.WriteAllText(Path.Combine(root, OffSiteDisk.Marker), "");
        var home = await TestHousehold.CreateAsync(server, "ana", "UTC");
        var id = await RecordedAsync(server, home);
        (await home.Client.PatchAsJsonAsync($"/api/v1/recordings/{id}", new { @protected = true }, Cancel)).EnsureSuccessStatusCode();
        await server.UntilFiledAsync(id);
        var segments = server.Services.GetRequiredService<VigilPaths>().Segments;
        Directory.Move(Path.Combine(segments, "1"), Path.Combine(segments, "elsewhere"));
        var copier = server.Services.GetRequiredService<OffSiteCopier>();

        await copier.RoundAsync(() => { }, Cancel);

        copier.State.ShouldBe(OffSiteState.Failing);
        Files().ShouldBeEmpty();
        Directory.Move(Path.Combine(segments, "elsewhere"), Path.Combine(segments, "1"));
        await copier.RoundAsync(() => { }, Cancel);
        copier.State.ShouldBe(OffSiteState.Ready);
        Files().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_recording_whose_last_segment_is_still_being_written_for_another_waits_and_has_not_failed()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["OffSite:Directory"] = root });
        File.WriteAllText(Path.Combine(root, OffSiteDisk.Marker), "");
        var home = await TestHousehold.CreateAsync(server, "ana", "UTC");
        var (book, copier) = (server.Services.GetRequiredService<RecordingBook>(), server.Services.GetRequiredService<OffSiteCopier>());
        var first = await BegunAsync(server, home);
        book.Stop(first);
        var second = book.Start(new RecordingStart { CameraId = 1, Kind = RecordingKind.Manual })!.Id;
        (await home.Client.PatchAsJsonAsync($"/api/v1/recordings/{first}", new { @protected = true }, Cancel)).EnsureSuccessStatusCode();
        await UntilAsync(() => book.Unfinished.All(r => r.Id != first));
        await UntilAsync(() => ViewAsync(home).GetAwaiter().GetResult().GetProperty("waiting").GetInt32() == 1);

        await copier.RoundAsync(() => { }, Cancel);

        copier.State.ShouldBe(OffSiteState.Ready);
        Files().ShouldBeEmpty();
        await EndedAsync(server, second);
        await server.UntilFiledAsync(first);
        await copier.RoundAsync(() => { }, Cancel);
        (copier.State, Files().Length).ShouldBe((OffSiteState.Ready, 1));
    }

    [Fact]
    public async Task Footage_that_is_kept_aside_waits_and_one_recording_that_cannot_be_read_holds_up_no_other()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["OffSite:Directory"] = root });
        File.WriteAllText(Path.Combine(root, OffSiteDisk.Marker), "");
        var home = await TestHousehold.CreateAsync(server, "ana", "UTC");
        var bad = await RecordedAsync(server, home);
        var segments = server.Services.GetRequiredService<VigilPaths>().Segments;
        foreach (var file in Directory.GetFiles(Path.Combine(segments, "1"), "*.mp4", SearchOption.AllDirectories))
        {
            await File.WriteAllBytesAsync(file, [1, 2, 3], Cancel);
        }

        var good = await RecordedAsync(server, home);
        foreach (var id in new[] { bad, good })
        {
            (await home.Client.PatchAsJsonAsync($"/api/v1/recordings/{id}", new { @protected = true }, Cancel)).EnsureSuccessStatusCode();
            await server.UntilFiledAsync(id);
        }

        var copier = server.Services.GetRequiredService<OffSiteCopier>();
        await copier.RoundAsync(() => { }, Cancel);

        copier.State.ShouldBe(OffSiteState.Failing);
        Files().ShouldHaveSingleItem().ShouldContain(good.ToString("N"));

        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        await connection.ExecuteAsync(
            """
            insert into missing_segment (path, household_id, camera_id, started_at, ended_at, bytes, noticed_at)
            select path, household_id, camera_id, started_at, ended_at, bytes, now() from segment;
            delete from segment;
            delete from offsite_copy
            """);
        File.Delete(Files()[0]);
        await copier.RoundAsync(() => { }, Cancel);

        copier.State.ShouldBe(OffSiteState.Failing);
        Files().ShouldBeEmpty();
        (await ViewAsync(home)).GetProperty("waiting").GetInt32().ShouldBe(2);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string[] Files() => Directory.GetFiles(root, "*.mp4", SearchOption.AllDirectories);

    private static async Task<JsonElement> ViewAsync(TestHousehold home) => await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/storage/offsite", Cancel);

    private static async Task<Guid> RecordedAsync(TestServer server, TestHousehold home)
    {
        var id = await BegunAsync(server, home);
        await EndedAsync(server, id);
        return id;
    }

    private static async Task<Guid> BegunAsync(TestServer server, TestHousehold home)
    {
        var feeds = server.Services.GetRequiredService<CameraFeeds>();
        if (feeds.Find(1) is null)
        {
            await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "../Crib", address = "test:a", recordOnAlert = false }, Cancel);
        }

        await UntilAsync(() => feeds.Find(1)?.Status.State == Vigil.Media.FeedState.Live);
        var book = server.Services.GetRequiredService<RecordingBook>();
        var recording = book.Start(new RecordingStart { CameraId = 1, Kind = RecordingKind.Manual })!;
        var index = server.Services.GetRequiredService<SegmentIndex>();
        await UntilAsync(() => index.FindRecent(1, recording.From, DateTimeOffset.MaxValue).Any(s => s.End > recording.From.AddSeconds(4)));
        return recording.Id;
    }

    private static async Task EndedAsync(TestServer server, Guid id)
    {
        var (book, index) = (server.Services.GetRequiredService<RecordingBook>(), server.Services.GetRequiredService<SegmentIndex>());
        book.Stop(id);
        await UntilAsync(() => book.Unfinished.All(r => r.Id != id) && index.FindRecent(1, DateTimeOffset.MinValue, DateTimeOffset.MaxValue).All(s => !s.Open));
    }

    internal static async Task UntilAsync(Func<bool> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!done())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }
    }
}

internal static class FiledRecordings
{
    /// <summary>The table follows memory within a moment.</summary>
    public static async Task UntilFiledAsync(this TestServer server, Guid id)
    {
        await using var connection = await server.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await OffSiteCopierTests.UntilAsync(() => connection.ExecuteScalar<bool>(
            """
            select exists (select 1 from recording where id = @id and protected and ended_at is not null and status <> 'recording')
              and not exists (select 1 from segment where ended = 'Open')
            """, new { id }));
    }
}
