using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Media.Recording;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Recordings;
using Vigil.Server.Tests.Cameras;
using Vigil.Testing;

namespace Vigil.Server.Tests.Cctv;

/// <summary>More recordings than a list shows: they are counted in the table, for each caller what exists for them.</summary>
public sealed class CctvRecordingCountTests
{
    private const int Hours = 700;
    private static readonly DateTimeOffset First = new(2026, 10, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_are_counted_the_newest_are_listed_and_a_guest_counts_only_what_lies_in_their_windows()
    {
        var time = new ManualTime(First);
        await using var server = await TestServer.StartAsync(time);
        var home = await TestHousehold.CreateAsync(server, "ana", "UTC");
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Door", address = "test:", paused = true }, Cancel);
        await server.Services.GetRequiredService<SegmentIndex>().Compared.WaitAsync(Cancel);
        time.SetWallClock(First.AddHours(Hours));
        // One each hour, from ten past for half an hour; every tenth failed.
        await using (var many = server.Database.CreateCommand($"""
            insert into recording (id, household_id, camera_id, name, kind, from_at, ended_at, status, created_at, updated_at)
            select gen_random_uuid(), {home.Id}, 1, 'r' || i, 'continuous', $1 + make_interval(hours => i, mins => 10), $1 + make_interval(hours => i, mins => 40),
              case when i % 10 = 0 then 'failed' else 'completed' end, $1, $1
            from generate_series(0, {Hours - 1}) i
            """))
        {
            many.Parameters.AddWithValue(First);
            await many.ExecuteNonQueryAsync(Cancel);
        }

        // Ten minutes of footage, half a minute before the guest's window opens and then on.
        var opens = First.AddDays(3).AddHours(3);
        await server.Services.GetRequiredService<SegmentTable>().PutAsync([.. Enumerable.Range(0, 10).Select(i => Minute(opens.AddSeconds(-30).AddMinutes(i), i))], Cancel);
        var gus = await home.AddAsync("gus", Place.Guest);
        await server.GrantAsync(home, 1, gus, new AccessRule { Start = new TimeOnly(3, 0), End = new TimeOnly(5, 0) });
        time.SetWallClock(First.AddDays(29).AddHours(4)); // While the guest's window is open.

        var list = await GetAsync(home.Client, "/v0/api/cctv/recordings/");
        list.GetProperty("total_recordings").GetInt32().ShouldBe(Hours);
        list.GetProperty("failed_recordings").GetInt32().ShouldBe(Hours / 10);
        list.GetProperty("completed_recordings").GetInt32().ShouldBe(Hours * 9 / 10);
        list.GetProperty("recordings").GetArrayLength().ShouldBe(500);
        list.GetProperty("recordings")[0].GetProperty("name").GetString().ShouldBe($"r{Hours - 1}");
        var stats = await GetAsync(home.Client, "/v0/api/cctv/recordings/stats/");
        stats.GetProperty("total_recordings").GetInt32().ShouldBe(Hours);
        stats.GetProperty("success_rate").GetDouble().ShouldBe(90);
        stats.GetProperty("total_size_bytes").GetInt64().ShouldBe(6000);
        stats.GetProperty("total_duration_seconds").GetInt64().ShouldBe(600);
        var overview = (await GetAsync(home.Client, "/v0/api/cctv/cameras/recording_overview/")).GetProperty("cameras");
        overview.EnumerateArray().Select(c => (c.GetProperty("camera_name").GetString(), c.GetProperty("total_recordings").GetInt32())).ShouldBe([("Door", 0), ("Crib", Hours)]);
        overview[1].GetProperty("last_recording").GetProperty("name").GetString().ShouldBe($"r{Hours - 1}");
        var analytics = await GetAsync(home.Client, "/v0/api/cctv/dashboard/analytics");
        analytics.GetProperty("system_metrics").GetProperty("total_recordings").GetInt32().ShouldBe(Hours);
        analytics.GetProperty("recording_activity_7_days").EnumerateArray().Select(d => d.GetProperty("recordings").GetInt32()).ShouldBe([24, 24, 24, 24, 24, 24, Hours - (29 * 24)]);

        var theirs = await GetAsync(gus.Client, "/v0/api/cctv/recordings/");
        theirs.GetProperty("total_recordings").GetInt32().ShouldBe((2 * 29) + 1, "those of three and of four o'clock, on twenty-nine days, and this night's first");
        theirs.GetProperty("recordings").GetArrayLength().ShouldBe((2 * 29) + 1);
        var seen = await GetAsync(gus.Client, "/v0/api/cctv/recordings/stats/");
        seen.GetProperty("total_size_bytes").GetInt64().ShouldBe(5700);
        seen.GetProperty("total_duration_seconds").GetInt64().ShouldBe(570);
    }

    private static SegmentRecord Minute(DateTimeOffset start, int number) => new()
    {
        CameraId = 1,
        Path = $"1/2026-10-04/03000{number}_000.mp4",
        Start = start,
        End = start.AddMinutes(1),
        Bytes = 600,
        Ended = SegmentEnd.Continued,
    };

    private static async Task<JsonElement> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonDocument.Parse(text).RootElement;
    }
}
