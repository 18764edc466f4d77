using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Vigil.Media.Recording;
using Vigil.Server.Database;
using Vigil.Server.Events;
using Vigil.Server.Hosting;
using Vigil.Server.Recordings;
using Vigil.Testing;

namespace Vigil.Server.Tests.Recordings;

public sealed class DiskRoomTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Only_as_much_goes_as_is_needed()
    {
        var segments = Enumerable.Range(0, 10).Select(i => Segment(i, 100)).ToList();

        RoomPlan.Choose(free: 750, wanted: 1000, segments).ShouldBe(segments[..3]);
        RoomPlan.Choose(free: 1000, wanted: 1000, segments).ShouldBeEmpty();
        RoomPlan.Choose(free: 0, wanted: 1_000_000, segments).Count.ShouldBe(10);
    }

    [Fact]
    public async Task Footage_of_an_event_goes_last_and_what_is_being_written_never()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        var table = server.Services.GetRequiredService<SegmentTable>();
        await table.PutAsync([Segment(0, 10), Segment(1, 10), Segment(2, 10), Segment(3, 10) with { Ended = SegmentEnd.Open }], Cancel);
        await server.Services.GetRequiredService<EventTable>().FileAsync(
            [
                new CameraEvent
                {
                    Id = Guid.CreateVersion7(Night),
                    HouseholdId = home.Id,
                    CameraId = 1,
                    Kind = EventKind.Sound,
                    StartedAt = Night.AddSeconds(20),
                    Until = Night.AddSeconds(25),
                    ClipFrom = Night.AddSeconds(15),
                    ClipTo = Night.AddSeconds(30),
                },
            ],
            Cancel);

        var order = await table.OldestAsync(10, Night.AddHours(1), Cancel);

        order.ShouldBe([Segment(1, 10), Segment(2, 10), Segment(0, 10)]);
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
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => (known = table.AllPathsAsync(Cancel).GetAwaiter().GetResult()).Count == 3);
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
