using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Vigil.Media.Recording;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Server.Hosting;
using Vigil.Server.Recordings;
using Vigil.Server.Recordings.Retention;
using Vigil.Testing;

namespace Vigil.Server.Tests.Recordings.Retention;

public sealed class RetentionSweepTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_index_tells_what_wants_a_piece_and_what_is_protected_or_being_written_is_not_offered()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        var table = server.Services.GetRequiredService<SegmentTable>();
        await table.PutAsync([.. Enumerable.Range(0, 6).Select(i => Segment(i, 10)), Segment(6, 10) with { Ended = SegmentEnd.Open }], Cancel);
        await RecordAsync(server, home, "alert", Night.AddSeconds(15), Night.AddSeconds(30));
        await RecordAsync(server, home, "scheduled", Night.AddMinutes(1.5), Night.AddMinutes(3.5));
        await RecordAsync(server, home, "manual", Night.AddMinutes(4.5), Night.AddMinutes(4.6), isProtected: true);
        await RecordAsync(server, home, "scheduled", Night.AddMinutes(5.5), null);

        var pieces = await server.Services.GetRequiredService<RetentionTable>().OldestAsync(home.Id, 1, 10, Cancel);

        pieces.Select(p => (p.Segment.Start.Minute, p.Claim, p.EndOfUse)).ShouldBe(
        [
            (0, FootageClaim.Clip, Night.AddMinutes(1)),
            (1, FootageClaim.Recording, Night.AddMinutes(3.5)),
            (2, FootageClaim.Recording, Night.AddMinutes(3.5)),
            (3, FootageClaim.Recording, Night.AddMinutes(4)),
            (5, FootageClaim.Recording, null),
        ]);
    }

    [Fact]
    public async Task Old_clips_that_are_kept_for_ever_do_not_hide_the_ordinary_footage_behind_them()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        await server.Services.GetRequiredService<SegmentTable>().PutAsync(
            [.. Enumerable.Range(0, 620).Select(i => Segment(i, 10) with { Path = $"1/2026-11-21/{i:000000}_000.mp4" })], Cancel);
        await RecordAsync(server, home, "manual", Night, Night.AddMinutes(600));

        var pieces = await server.Services.GetRequiredService<RetentionTable>().OldestAsync(home.Id, 1, RetentionSweep.AtOnce, Cancel);

        pieces.Count(p => p.Claim == FootageClaim.Clip).ShouldBe(RetentionSweep.AtOnce);
        pieces.Where(p => p.Claim == FootageClaim.None).Select(p => p.Segment.Start).ShouldBe(Enumerable.Range(600, 20).Select(i => Night.AddMinutes(i)));
        var now = Night.AddDays(8);
        var steps = RetentionPlan.Make(State(now, pieces, home.Id, keptFor: TimeSpan.FromDays(7)));
        steps.Delete.Select(s => s.Start).ShouldBe(Enumerable.Range(600, 20).Select(i => Night.AddMinutes(i)), "by age");
        steps = RetentionPlan.Make(State(now, pieces, home.Id, keptFor: null) with { FreeBytes = 0, FloorBytes = 50 });
        steps.Delete.Select(s => s.Start).ShouldBe(Enumerable.Range(600, 5).Select(i => Night.AddMinutes(i)), "to make room: clips last");
    }

    [Fact] // Flaws 12 and 13 of the camera contract.
    public async Task Stopped_and_failed_recordings_go_like_others_and_a_long_one_by_its_end()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        var (table, retention) = (server.Services.GetRequiredService<SegmentTable>(), server.Services.GetRequiredService<RetentionTable>());
        await table.PutAsync([.. Enumerable.Range(0, 6).Select(i => Segment(i, 10))], Cancel);
        await RecordAsync(server, home, "scheduled", Night, Night.AddMinutes(1), status: "stopped");
        await RecordAsync(server, home, "scheduled", Night.AddMinutes(1), Night.AddMinutes(2), status: "failed");
        await RecordAsync(server, home, "scheduled", Night.AddMinutes(2), Night.AddMinutes(6), status: "completed");
        (await home.Client.PutAsJsonAsync("/api/v1/cameras/1/retention", new { hours = 24 }, Cancel)).EnsureSuccessStatusCode();
        var now = Night.AddHours(24).AddMinutes(5);

        var steps = RetentionPlan.Make(State(now, await retention.OldestAsync(home.Id, 1, 10, Cancel), home.Id, TimeSpan.FromHours(24)));
        steps.Delete.Select(s => s.Start.Minute).ShouldBe([0, 1], "the long one ended less than a day ago, though it began before");
        await using (var gone = server.Database.CreateCommand("delete from segment where started_at < $1"))
        {
            gone.Parameters.AddWithValue(Night.AddMinutes(2));
            await gone.ExecuteNonQueryAsync(Cancel);
        }

        (await retention.ForgetAsync(168, now, Cancel)).ShouldBe(2);
        await using var left = server.Database.CreateCommand("select string_agg(status, ',') from recording");
        (await left.ExecuteScalarAsync(Cancel)).ShouldBe("completed");
    }

    [Fact]
    public async Task What_is_past_its_time_goes_with_its_recording_what_is_protected_stays_and_a_set_clock_asks_first()
    {
        var time = new ManualTime(Night.AddHours(1));
        await using var server = await TestServer.StartAsync(time);
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        await server.Services.GetRequiredService<SegmentIndex>().Compared.WaitAsync(Cancel);
        var (table, disk) = (server.Services.GetRequiredService<SegmentTable>(), server.Services.GetRequiredService<ISegmentDisk>());
        var segments = Enumerable.Range(0, 6).Select(i => Segment(i, 100)).ToList();
        await table.PutAsync(segments, Cancel);
        foreach (var segment in segments)
        {
            using var file = disk.Create(segment.Path);
            file.Write(0, [new byte[100]]);
        }

        await RecordAsync(server, home, "scheduled", Night, Night.AddMinutes(4));
        await RecordAsync(server, home, "manual", Night.AddMinutes(5), Night.AddMinutes(5.5), isProtected: true);
        (await home.Client.PutAsJsonAsync("/api/v1/cameras/1/retention", new { hours = 24 }, Cancel)).EnsureSuccessStatusCode();
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(10), () => File.Exists(Path.Combine(server.DataDirectory, "retention-swept")));

        // The clock is set three days on: that would be most of it.
        time.SetWallClock(Night.AddDays(3));
        JsonElement camera = default;
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(20), () => (camera = Camera(home)).GetProperty("heldBytes").ValueKind == JsonValueKind.Number);
        camera.GetProperty("heldBytes").GetInt64().ShouldBe(500);
        disk.List().Count().ShouldBe(6);
        await Tick.UntilAsync(
            time, TimeSpan.FromSeconds(1),
            () => home.Client.GetStringAsync("/api/v1/events", Cancel).GetAwaiter().GetResult().Contains("More than half of the footage of Crib", StringComparison.Ordinal));

        (await home.Client.PostAsync("/api/v1/cameras/1/retention/agree", null, Cancel)).StatusCode.ShouldBe(System.Net.HttpStatusCode.NoContent);
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(20), () => disk.List().Count() == 1);
        disk.List().ShouldBe([segments[5].Path]);
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(20), () => table.AllAsync(Cancel).GetAwaiter().GetResult().Count == 1);
        await using var kinds = server.Database.CreateCommand("select string_agg(kind, ',') from recording");
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(20), () => kinds.ExecuteScalar() as string == "manual");
    }

    [Fact]
    public async Task A_full_disk_gets_room_while_the_database_is_away_and_the_index_hears_of_it_afterwards()
    {
        var time = new ManualTime(Night.AddHours(6));
        CrampedDisk disk = null!;
        await using var server = await TestServer.StartAsync(time, new Dictionary<string, string> { ["Recordings:FreeBytes"] = "1000" }, services =>
            services.Replace(ServiceDescriptor.Singleton<ISegmentDisk>(
                provider => disk = new CrampedDisk(new PosixSegmentDisk(provider.GetRequiredService<VigilPaths>().Segments)))));
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        await server.Services.GetRequiredService<SegmentIndex>().Compared.WaitAsync(Cancel);
        var table = server.Services.GetRequiredService<SegmentTable>();
        var segments = Enumerable.Range(0, 5).Select(i => Segment(i * 10, 100)).ToList();
        await table.PutAsync(segments, Cancel);
        foreach (var segment in segments)
        {
            using var file = disk.Create(segment.Path);
            file.Write(0, [new byte[100]]);
        }

        // The oldest belongs to a noise of this night.
        server.Services.GetRequiredService<EventLog>().Observe(new Observation
        {
            HouseholdId = home.Id,
            CameraId = 1,
            Kind = EventKind.Sound,
            From = segments[0].Start.AddSeconds(5),
            To = segments[0].Start.AddSeconds(10),
            PreRoll = TimeSpan.FromSeconds(5),
        });
        // It has been seen once what there is, and what is protected.
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(10), () => File.Exists(Path.Combine(server.DataDirectory, "retention-swept")));
        var name = new NpgsqlConnectionStringBuilder(server.ConnectionString).Database!;
        var cluster = await TestCluster.GetAsync();
        await cluster.ExecuteAsync($"alter database {name} allow_connections false");
        await cluster.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        var state = server.Services.GetRequiredService<DatabaseState>();
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => !state.IsAvailable);

        disk.Missing = 150;
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => disk.List().Count() == 3);
        disk.List().Order().ShouldBe([segments[0].Path, segments[3].Path, segments[4].Path]); // No more than needed, and not the noise.

        await cluster.ExecuteAsync($"alter database {name} allow_connections true");
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => state.IsAvailable);
        IReadOnlyList<string> known = [];
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => (known = [.. table.AllAsync(Cancel).GetAwaiter().GetResult().Select(s => s.Path)]).Count == 3);
        known.Order().ShouldBe(disk.List().Order());
    }

    [Fact]
    public async Task The_taking_in_of_recordings_has_a_pulse_that_goes_on_while_nothing_is_recorded()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var pulses = server.Services.GetRequiredService<Pulses>();
        var pulse = pulses.All.Single(p => p.Name == "taking in of recordings");

        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => pulse.Silence > TimeSpan.FromSeconds(1));
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => pulse.Silence < TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("Crib / 1", "Europe/Zagreb", "Crib___1_20261121_040000.mp4")]
    [InlineData("../../etc", "UTC", "______etc_20261121_030000.mp4")]
    [InlineData(null, "Nowhere/Land", "camera_20261121_030000.mp4")]
    public void A_saved_clip_has_a_harmless_name(string? camera, string zone, string name) => FootageFiles.FileName(camera, Night, zone).ShouldBe(name);

    private static RetentionState State(DateTimeOffset now, IReadOnlyList<FootagePiece> oldest, long householdId, TimeSpan? keptFor) => new()
    {
        Now = now,
        SweptUntil = now.AddDays(-2),
        Cameras =
        [
            new CameraFootage
            {
                CameraId = 1,
                HouseholdId = householdId,
                Bytes = 6200,
                KeptFor = keptFor,
                ClipsKeptFor = null,
                MaxBytes = null,
                Oldest = oldest,
            },
        ],
        HouseholdBytes = new Dictionary<long, long>(),
        ServerBytes = null,
        FreeBytes = long.MaxValue / 2,
        FloorBytes = 0,
    };

    private static JsonElement Camera(TestHousehold home) =>
        home.Client.GetFromJsonAsync<JsonElement>("/api/v1/storage", Cancel).GetAwaiter().GetResult().GetProperty("cameras")[0];

    private static async Task RecordAsync(
        TestServer server, TestHousehold home, string kind, DateTimeOffset from, DateTimeOffset? to, bool isProtected = false, string status = "completed")
    {
        await using var command = server.Database.CreateCommand(
            """
            insert into recording (id, household_id, camera_id, name, kind, from_at, ended_at, status, protected, created_at, updated_at)
            values (gen_random_uuid(), $1, 1, 'x', $2, $3, $4, $5, $6, now(), now())
            """);
        command.Parameters.AddWithValue(home.Id);
        command.Parameters.AddWithValue(kind);
        command.Parameters.AddWithValue(from);
        command.Parameters.AddWithValue(to is { } end ? end : DBNull.Value);
        command.Parameters.AddWithValue(to is null ? "recording" : status);
        command.Parameters.AddWithValue(isProtected);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static SegmentRecord Segment(int minute, long bytes) => new()
    {
        CameraId = 1,
        Path = $"1/2026-11-21/03{minute:00}00_000.mp4",
        Start = Night.AddMinutes(minute),
        End = Night.AddMinutes(minute + 1),
        Bytes = bytes,
        Ended = SegmentEnd.Continued,
        VideoCodec = "avc1.64001f",
    };

    /// <summary>A disk that lacks <see cref="Missing"/> bytes of the 1000 that shall be free, less what was deleted of 100 bytes each.</summary>
    private sealed class CrampedDisk(PosixSegmentDisk disk) : ISegmentDisk
    {
        private int deleted;

        public long Missing { get; set; }

        public long FreeBytes => Missing == 0 ? long.MaxValue : 1000 - Missing + (100 * deleted);

        public ISegmentFile Create(string path) => disk.Create(path);

        public ISegmentFile Open(string path) => disk.Open(path);

        public void Sync(IReadOnlyCollection<ISegmentFile> files, IReadOnlyCollection<string> directories) => disk.Sync(files, directories);

        public void Delete(string path)
        {
            disk.Delete(path);
            Interlocked.Increment(ref deleted);
        }

        public IEnumerable<string> List() => disk.List();

        public bool Reserve(long bytes) => disk.Reserve(bytes);
    }
}
