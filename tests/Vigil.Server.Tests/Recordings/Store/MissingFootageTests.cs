using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Recordings;
using Vigil.Server.Recordings.Store;

namespace Vigil.Server.Tests.Recordings.Store;

/// <summary>A second server on the same database has a data directory of its own: as if the disk with the recordings were not mounted.</summary>
public sealed class MissingFootageTests : IDisposable
{
    private readonly string kept = Directory.CreateTempSubdirectory("vigil-kept-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(kept, recursive: true);

    [Fact]
    public async Task A_disk_that_is_not_mounted_costs_nothing_is_told_and_is_there_again_when_it_is()
    {
        var database = await RecordedBeforeAsync();
        await using var server = await TestServer.StartAsync(database: database);
        await server.Services.GetRequiredService<SegmentIndex>().Compared.WaitAsync(Cancel);
        var owner = await OwnerAsync(server);

        (await MissingAsync(owner)).ShouldNotBeNull().ShouldBeGreaterThan(1000);
        (await owner.GetStringAsync("/api/v1/events", Cancel)).ShouldContain("Most of the footage of Crib is not on the disk");
        (await server.Services.GetRequiredService<SegmentTable>().AllAsync(Cancel)).ShouldBeEmpty();
        Marker(server).ShouldBeNull("the empty directory must not look like the store");

        Copy(kept, Segments(server));
        (await owner.PostAsync("/api/v1/storage/look-again", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await UntilAsync(async () => await MissingAsync(owner) is null);

        var id = (await owner.GetFromJsonAsync<JsonElement>("/api/v1/recordings", Cancel)).GetProperty("recordings")[0].GetProperty("id").GetString();
        (await owner.GetAsync($"/api/v1/recordings/{id}/video.mp4", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_row_without_its_file_is_forgotten_and_what_an_owner_says_is_gone_as_well()
    {
        var database = await RecordedBeforeAsync();
        await using var server = await TestServer.StartAsync(database: database);
        var (index, table) = (server.Services.GetRequiredService<SegmentIndex>(), server.Services.GetRequiredService<SegmentTable>());
        await index.Compared.WaitAsync(Cancel);
        var owner = await OwnerAsync(server);
        Copy(kept, Segments(server));
        index.LookAgain();
        await UntilAsync(async () => await MissingAsync(owner) is null);
        var all = await table.AllAsync(Cancel);
        var real = all.MaxBy(s => s.Bytes)!;

        await table.PutAsync([real with { Path = "1/2026-11-21/030000_000.mp4", Bytes = 1 }], Cancel);
        index.LookAgain();
        await UntilAsync(async () => (await table.AllAsync(Cancel)).Count == all.Count);
        (await MissingAsync(owner)).ShouldBeNull("a small one of several is no reason to ask");

        await table.PutAsync([.. Enumerable.Range(0, 5).Select(i => real with { Path = $"1/2026-11-21/03000{i}_000.mp4" })], Cancel);
        index.LookAgain();
        await UntilAsync(async () => await MissingAsync(owner) is not null);
        var neighbour = await TestHousehold.CreateAsync(server, "bea");
        (await neighbour.Client.PostAsync("/api/v1/cameras/1/retention/forget-missing", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await owner.PostAsync("/api/v1/cameras/1/retention/forget-missing", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await MissingAsync(owner)).ShouldBeNull();
        (await table.AllAsync(Cancel)).Select(s => s.Path).ShouldBe(all.Select(s => s.Path), ignoreOrder: true);
    }

    [Fact]
    public async Task The_disk_of_another_server_is_neither_taken_over_nor_touched()
    {
        var database = await RecordedBeforeAsync();
        await using var server = await TestServer.StartAsync(database: database);
        var index = server.Services.GetRequiredService<SegmentIndex>();
        await index.Compared.WaitAsync(Cancel);
        var owner = await OwnerAsync(server);
        Copy(kept, Segments(server));
        await File.WriteAllTextAsync(Path.Combine(Segments(server), ".vigil-store"), Guid.NewGuid().ToString(), Cancel);
        var theirs = Rename(server);

        var compared = await server.Services.GetRequiredService<DiskComparison>().RunAsync([], _ => false, Cancel);

        compared.ShouldBeEmpty();
        (await MissingAsync(owner)).ShouldNotBeNull();
        File.Exists(theirs).ShouldBeTrue();
        (await server.Services.GetRequiredService<SegmentTable>().AllAsync(Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_this_run_wrote_is_there_also_when_nobody_remembers_that_it_did()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await RecordedAsync(server, home);
        var table = server.Services.GetRequiredService<SegmentTable>();
        await UntilAsync(async () => (await table.AllAsync(Cancel)) is { Count: > 0 } all && all.All(s => !s.Open));

        // The scan passes over what the recorder itself has made, and the index remembers a day: as if that day were over.
        await server.Services.GetRequiredService<DiskComparison>().RunAsync([], _ => false, Cancel);

        (await table.AllAsync(Cancel)).ShouldNotBeEmpty();
        (await server.Services.GetRequiredService<MissingFootage>().AllAsync(Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_this_run_wrote_comes_back_with_its_disk_without_a_restart()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await RecordedAsync(server, home);
        var (table, missing) = (server.Services.GetRequiredService<SegmentTable>(), server.Services.GetRequiredService<MissingFootage>());
        var comparison = server.Services.GetRequiredService<DiskComparison>();
        await UntilAsync(async () => (await table.AllAsync(Cancel)) is { Count: > 0 } all && all.All(s => !s.Open));
        var before = await table.AllAsync(Cancel);
        Copy(Segments(server), kept);
        Directory.Delete(Path.Combine(Segments(server), $"{before[0].CameraId}"), recursive: true);
        await comparison.RunAsync([], _ => false, Cancel);
        (await missing.AllAsync(Cancel)).Select(s => s.Path).ShouldBe(before.Select(s => s.Path), ignoreOrder: true);

        Copy(kept, Segments(server));
        await comparison.RunAsync([], _ => false, Cancel);

        (await missing.AllAsync(Cancel)).ShouldBeEmpty();
        (await table.AllAsync(Cancel)).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public async Task Of_a_disk_that_is_not_this_servers_nothing_is_deleted_with_a_camera()
    {
        var database = await RecordedBeforeAsync();
        await using var server = await TestServer.StartAsync(database: database);
        await server.Services.GetRequiredService<SegmentIndex>().Compared.WaitAsync(Cancel);
        Copy(kept, Segments(server));
        File.Delete(Path.Combine(Segments(server), ".vigil-store"));
        var theirs = Rename(server);

        (await server.Services.GetRequiredService<DiskComparison>().RunAsync([1], _ => false, Cancel)).ShouldBeEmpty();

        File.Exists(theirs).ShouldBeTrue();
        (await server.Services.GetRequiredService<SegmentTable>().AllAsync(Cancel)).ShouldBeEmpty();
    }

    /// <summary>Then the camera is paused: a made-up one is loud every twenty seconds, and would be recorded again in the middle of a test.</summary>
    private static async Task RecordedAsync(TestServer server, TestHousehold home)
    {
        await FootageEndpointTests.RecordedAsync(server, home);
        (await home.Client.PatchAsJsonAsync("/api/v1/cameras/1", new { paused = true }, Cancel)).EnsureSuccessStatusCode();
    }

    /// <summary>A server that recorded a few seconds and was stopped; its files are kept.</summary>
    private async Task<string> RecordedBeforeAsync()
    {
        await using var before = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(before);
        await RecordedAsync(before, home);
        var table = before.Services.GetRequiredService<SegmentTable>();
        await UntilAsync(async () => (await table.AllAsync(Cancel)) is { Count: > 0 } all && all.All(s => !s.Open));
        var marker = Marker(before).ShouldNotBeNull();
        (await before.Services.GetRequiredService<MissingFootage>().StoreAsync(Cancel)).ToString().ShouldBe(marker);
        Copy(Segments(before), kept);
        return before.ConnectionString;
    }

    private static async Task<HttpClient> OwnerAsync(TestServer server)
    {
        var directory = server.Services.GetRequiredService<Vigil.Server.Accounts.AccountDirectory>();
        return (await TestMember.SignInAsync(server, (await directory.FindByLoginAsync("ana", Cancel))!)).Client;
    }

    private static async Task<long?> MissingAsync(HttpClient owner)
    {
        var missing = (await owner.GetFromJsonAsync<JsonElement>("/api/v1/storage", Cancel)).GetProperty("cameras")[0].GetProperty("missingBytes");
        return missing.ValueKind == JsonValueKind.Null ? null : missing.GetInt64();
    }

    /// <summary>As if another server had written it: the name of what lies there now.</summary>
    private static string Rename(TestServer server)
    {
        var files = Directory.GetFiles(Segments(server), "*.mp4", SearchOption.AllDirectories);
        var theirs = Path.Combine(Path.GetDirectoryName(files[0])!, "235959_999.mp4");
        File.Move(files[0], theirs);
        files[1..].ToList().ForEach(File.Delete);
        return theirs;
    }

    private static string Segments(TestServer server) => Path.Combine(server.DataDirectory, "segments");

    private static string? Marker(TestServer server) =>
        Path.Combine(Segments(server), ".vigil-store") is var file && File.Exists(file) ? File.ReadAllText(file) : null;

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".reserve", StringComparison.Ordinal)))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await done())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }
    }
}
