using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Recordings;
using Vigil.Server.Recordings.Schedules;
using Vigil.Testing;

namespace Vigil.Server.Tests.Recordings.Schedules;

public sealed class ScheduleReconcilerTests
{
    /// <summary>Saturday noon in Zagreb.</summary>
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 11, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Start = Noon.AddHours(6);

    private readonly ManualTime time = new(Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_night_is_recorded_from_its_start_to_its_end_and_a_later_end_moves_it()
    {
        await using var server = await TestServer.StartAsync(time);
        var (book, schedules, night) = await NightAsync(server);
        book.Unfinished.ShouldBeEmpty();

        time.SetWallClock(Start.AddMilliseconds(100));
        var running = await RunningAsync(book);
        running.Name.ShouldBe("SCHEDULED - Nights - 2026-11-21 18:00");
        (running.From, running.PlannedUntil, running.ScheduleId).ShouldBe((Start, Start.AddHours(12), night.Id));

        await schedules.ChangeAsync(night.HouseholdId, night.Id, s => s with { EndTime = new TimeOnly(7, 0) }, Cancel);
        await Tick.UntilAsync(time, Second, () => book.Unfinished.Single().PlannedUntil == Start.AddHours(13));
        book.Unfinished.Single().Id.ShouldBe(running.Id);

        time.SetWallClock(Start.AddHours(13));
        await EndedAsync(book);
        (await FindAsync(book, running)).EndedAt.ShouldBe(Start.AddHours(13));
    }

    [Fact]
    public async Task Started_in_the_middle_it_begins_at_once_and_a_set_clock_or_a_switch_ends_it()
    {
        await using var server = await TestServer.StartAsync(time);
        var (book, schedules, night) = await NightAsync(server);
        time.SetWallClock(Start.AddHours(3));
        var first = await RunningAsync(book);
        first.From.ShouldBeInRange(Start.AddHours(3), Start.AddHours(3).AddMinutes(1));

        time.SetWallClock(Noon);
        await EndedAsync(book);
        time.SetWallClock(Start.AddHours(4));
        var second = await RunningAsync(book);
        second.Id.ShouldNotBe(first.Id);

        await schedules.ChangeAsync(night.HouseholdId, night.Id, s => s with { IsActive = false }, Cancel);
        await EndedAsync(book);
        await schedules.ChangeAsync(night.HouseholdId, night.Id, s => s with { IsActive = true }, Cancel);
        (await RunningAsync(book)).Id.ShouldNotBe(second.Id);
    }

    [Fact]
    public async Task Ended_by_hand_it_stays_ended_until_its_next_start_or_an_edit()
    {
        await using var server = await TestServer.StartAsync(time);
        var (book, schedules, night) = await NightAsync(server);
        time.SetWallClock(Start.AddHours(1));
        var running = await RunningAsync(book);

        time.Advance(TimeSpan.FromMinutes(1));
        book.Stop(running.Id);
        var minutes = 0;
        await Tick.UntilAsync(time, Second, () => ++minutes > 30);
        book.Current(1).ShouldBeEmpty();

        await schedules.ChangeAsync(night.HouseholdId, night.Id, s => s with { Name = "Nights again" }, Cancel);
        (await RunningAsync(book)).Name.ShouldStartWith("SCHEDULED - Nights again - ");

        book.Stop((await RunningAsync(book)).Id);
        time.SetWallClock(Start.AddDays(1).AddSeconds(1));
        (await RunningAsync(book)).From.ShouldBe(Start.AddDays(1));
    }

    [Fact]
    public async Task Always_is_recorded_in_pieces_that_follow_each_other_on_the_hour()
    {
        await using var server = await TestServer.StartAsync(time);
        var (book, schedules, night) = await NightAsync(server);
        await schedules.ChangeAsync(night.HouseholdId, night.Id, s => s with { Type = ScheduleType.Continuous }, Cancel);
        var first = await RunningAsync(book);
        first.PlannedUntil.ShouldBe(Noon.AddHours(1));

        time.SetWallClock(Noon.AddHours(1));
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(200), () => book.Current(1) is [var r] && r.Id != first.Id);
        var second = book.Current(1).Single();
        (second.From, second.PlannedUntil).ShouldBe((Noon.AddHours(1), Noon.AddHours(2)));
        second.Name.ShouldBe("SCHEDULED - Nights - 2026-11-21 13:00 - Continuous");
    }

    [Fact]
    public async Task It_begins_while_the_database_is_away_and_a_restarted_server_goes_on_with_the_same_recording()
    {
        Guid begun;
        string database;
        await using (var server = await TestServer.StartAsync(time))
        {
            database = server.ConnectionString;
            var (book, _, _) = await NightAsync(server);
            var state = server.Services.GetRequiredService<DatabaseState>();
            await SetConnectionsAsync(database, false);
            await Tick.UntilAsync(time, Second, () => !state.IsAvailable);

            time.SetWallClock(Start.AddSeconds(1));
            begun = (await RunningAsync(book)).Id;

            await SetConnectionsAsync(database, true);
            await Tick.UntilAsync(time, Second, () => state.IsAvailable);
            await using var connection = await server.Database.OpenConnectionAsync(Cancel);
            await using var count = new NpgsqlCommand("select count(*) from recording", connection);
            await Tick.UntilAsync(time, Second, () => (long)count.ExecuteScalar()! == 1);
        }

        await using var again = await TestServer.StartAsync(time, database: database);
        var after = again.Services.GetRequiredService<RecordingBook>();
        await Tick.UntilAsync(time, Second, () => after.Current(1).Any(r => r.Id == begun));
        var turns = 0;
        await Tick.UntilAsync(time, Second, () => ++turns > 10);
        after.Current(1).ShouldHaveSingleItem().Id.ShouldBe(begun);
    }

    [Fact]
    public async Task A_schedule_for_once_is_switched_off_when_it_is_over_and_a_removed_camera_takes_its_own_along()
    {
        await using var server = await TestServer.StartAsync(time);
        var (book, schedules, night) = await NightAsync(server);
        await schedules.ChangeAsync(
            night.HouseholdId, night.Id, s => s with { Type = ScheduleType.Once, StartDate = new DateOnly(2026, 11, 21) }, Cancel);
        time.SetWallClock(Start.AddHours(13));
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(20), () => schedules.All.Single() is { IsActive: false });

        await schedules.ChangeAsync(night.HouseholdId, night.Id, s => s with { Type = ScheduleType.Continuous, IsActive = true }, Cancel);
        await RunningAsync(book);
        await server.Services.GetRequiredService<Vigil.Server.Cameras.CameraDirectory>().RemoveAsync(night.HouseholdId, 1, Cancel);
        await Tick.UntilAsync(time, Second, () => book.Unfinished.Count == 0 && schedules.All.Count == 0);
    }

    private static TimeSpan Second => TimeSpan.FromSeconds(1);

    private static async Task<(RecordingBook Book, ScheduleDirectory Schedules, RecordingSchedule Night)> NightAsync(TestServer server)
    {
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        var schedules = server.Services.GetRequiredService<ScheduleDirectory>();
        var night = await schedules.AddAsync(
            new RecordingSchedule
            {
                HouseholdId = home.Id,
                CameraId = 1,
                Name = "Nights",
                Type = ScheduleType.Daily,
                StartTime = new TimeOnly(18, 0),
                EndTime = new TimeOnly(6, 0),
            },
            Cancel);
        return (server.Services.GetRequiredService<RecordingBook>(), schedules, night.ShouldNotBeNull());
    }

    private async Task<Recording> RunningAsync(RecordingBook book)
    {
        await Tick.UntilAsync(time, TimeSpan.FromMilliseconds(500), () => book.Current(1).Count > 0);
        return book.Current(1).ShouldHaveSingleItem();
    }

    private Task EndedAsync(RecordingBook book) => Tick.UntilAsync(time, TimeSpan.FromMilliseconds(500), () => book.Current(1).Count == 0);

    private static async Task<Recording> FindAsync(RecordingBook book, Recording recording) =>
        (await book.FindAsync(recording.HouseholdId, recording.Id, Cancel)).ShouldNotBeNull();

    private static async Task SetConnectionsAsync(string database, bool allowed)
    {
        var name = new NpgsqlConnectionStringBuilder(database).Database!;
        var cluster = await TestCluster.GetAsync();
        await cluster.ExecuteAsync($"alter database {name} allow_connections {(allowed ? "true" : "false")}");
        if (!allowed)
        {
            await cluster.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        }
    }
}
