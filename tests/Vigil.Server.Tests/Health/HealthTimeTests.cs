using System.Net;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Health;
using Vigil.Testing;

namespace Vigil.Server.Tests.Health;

/// <summary>Readings of many hours: history, numbers, averages over time, and when they go.</summary>
public sealed class HealthTimeTests : IAsyncLifetime
{
    private readonly ManualTime _time = new(new DateTimeOffset(2025, 11, 13, 12, 0, 0, TimeSpan.Zero));
    private TestServer _server = null!;
    private HealthClient _ana = null!;

    public async ValueTask InitializeAsync()
    {
        // These clocks run for days; a token of half an hour would not.
        _server = await TestServer.StartAsync(_time, new Dictionary<string, string> { ["Accounts:AccessTokenMinutes"] = "129600" });
        _ana = await HealthClient.RegisterAsync(_server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task History_is_newest_first_by_pages_and_filters_by_time_and_verdict()
    {
        for (var hour = 0; hour < 5; hour++)
        {
            (await _ana.UploadAsync(36 + hour, 50)).Status.ShouldBe(HttpStatusCode.Created);
            _time.Advance(TimeSpan.FromHours(1));
        }

        Temperatures(await _ana.ReadAsync("/health/history")).ShouldBe([40, 39, 38, 37, 36]);
        Temperatures(await _ana.ReadAsync("/health/history?limit=2&offset=1")).ShouldBe([39, 38]);
        Temperatures(await _ana.ReadAsync("/health/history?start_date=2025-11-13T13:00:00Z&end_date=2025-11-13T15:30:00.000Z")).ShouldBe([39, 38, 37]);
        Temperatures(await _ana.ReadAsync("/health/history?start_date=2025-11-13T15:00:00")).ShouldBe([40, 39], "without a zone it is UTC");
        Temperatures(await _ana.ReadAsync("/health/history?start_date=2025-11-13T16:00:00+01:00")).ShouldBe([40, 39], "a plus that was not escaped");
        Temperatures(await _ana.ReadAsync("/health/history?end_date=2025-11-13")).ShouldBeEmpty();
        Temperatures(await _ana.ReadAsync("/health/history?cry_detected=true")).ShouldBeEmpty();
        Temperatures(await _ana.ReadAsync("/health/history?cry_detected=false&sick_detected=0")).Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_page_far_behind_is_what_counting_one_by_one_would_give()
    {
        var table = _server.Services.GetRequiredService<ReadingTable>();
        await using var connection = await _server.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var household = await connection.ExecuteScalarAsync<long>("select household_id from membership where account_id = @UserId", new { _ana.UserId });
        var start = _time.GetUtcNow().AddHours(-6);
        await table.AddAsync(
            [
                .. Enumerable.Range(0, 4000).Select(i => new Reading
                {
                    HouseholdId = household, AccountId = _ana.UserId, CreatedAt = start.AddSeconds(i * 5), Temperature = i % 50, Humidity = 50, Cry = i % 3 == 0, Fever = i % 2 == 0, Sick = i % 6 == 0,
                }),
            ],
            TestContext.Current.CancellationToken);

        foreach (var filter in new[] { "", "&cry_detected=true", "&cry_detected=false", "&sick_detected=true", "&sick_detected=false", "&cry_detected=true&sick_detected=false" })
        {
            foreach (var offset in new[] { 1000, 1234, 2880, 3999, 4000 })
            {
                var page = await _ana.ReadAsync($"/health/history?limit=70&offset={offset}{filter}");
                page.ToString().ShouldBe((await _ana.ReadAsync($"/health/history?limit=70&offset={offset}{filter}&start_date=2000-01-01")).ToString(), $"{offset}{filter}");
            }
        }

        (await _ana.ReadAsync("/health/history?limit=70&offset=3999")).GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Stats_are_zeros_at_first_and_count_and_average_later()
    {
        (await _ana.ReadAsync("/health/stats")).ToString().ShouldBe(
            """{"total_records":0,"cry_detected_count":0,"sick_detected_count":0,"avg_temperature":0,"avg_humidity":0,"latest_record":null}""");

        await _ana.UploadAsync(36.11, 40);
        _time.Advance(TimeSpan.FromHours(3));
        await _ana.UploadAsync(36.52, 45);
        var (_, latest) = await _ana.UploadAsync(38, 51);

        var stats = await _ana.ReadAsync("/health/stats");
        stats.GetProperty("total_records").GetInt32().ShouldBe(3);
        stats.GetProperty("avg_temperature").GetDouble().ShouldBe(36.88);
        stats.GetProperty("avg_humidity").GetDouble().ShouldBe(45.33);
        stats.GetProperty("latest_record").ToString().ShouldBe(latest.ToString());
    }

    [Fact]
    public async Task The_timeseries_is_newest_first_and_counts_every_reading_once()
    {
        // 12:00, 12:20, … 16:40: three an hour.
        for (var i = 0; i < 15; i++)
        {
            await _ana.UploadAsync(30 + i, 50);
            _time.Advance(TimeSpan.FromMinutes(20));
        }

        var hours = (await _ana.ReadAsync("/health/timeseries")).GetProperty("data").EnumerateArray().ToList();
        hours.Select(bucket => bucket.GetProperty("time").GetString()).ShouldBe(
            ["2025-11-13T16:00:00.000Z", "2025-11-13T15:00:00.000Z", "2025-11-13T14:00:00.000Z", "2025-11-13T13:00:00.000Z", "2025-11-13T12:00:00.000Z"]);
        hours[^1].ToString().ShouldBe(
            """{"time":"2025-11-13T12:00:00.000Z","avg_temperature":31,"avg_humidity":50,"record_count":3,"cry_count":0,"sick_count":0}""");

        // Ends within hours: those readings are counted one by one, the whole hours between together.
        var part = (await _ana.ReadAsync("/health/timeseries?interval=1 hour&start_date=2025-11-13T12:20:00Z&end_date=2025-11-13T15:20:00Z")).GetProperty("data");
        part.EnumerateArray().Select(bucket => bucket.GetProperty("record_count").GetInt32()).ShouldBe([2, 3, 3, 2]);

        var quarters = (await _ana.ReadAsync("/health/timeseries?interval=15 minutes")).GetProperty("data");
        quarters.EnumerateArray().Sum(bucket => bucket.GetProperty("record_count").GetInt32()).ShouldBe(15);
        var week = (await _ana.ReadAsync("/health/timeseries?interval=1 week")).GetProperty("data");
        week.EnumerateArray().Single().GetProperty("time").GetString().ShouldBe("2025-11-10T00:00:00.000Z", "weeks begin on Mondays");
        foreach (var interval in new[] { "6 hours", "1 day" })
        {
            (await _ana.ReadAsync("/health/timeseries?interval=" + interval)).GetProperty("data").EnumerateArray()
                .Sum(bucket => bucket.GetProperty("record_count").GetInt32()).ShouldBe(15, interval);
        }
    }

    [Fact]
    public async Task Readings_are_kept_for_ninety_days()
    {
        await _ana.UploadAsync(36, 50);
        await using var connection = await _server.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("update health_reading set created_at = created_at - interval '89 days'; update health_hour set hour = hour - interval '89 days'");
        await _ana.UploadAsync(37, 50);
        var cleaning = _server.Services.GetRequiredService<HealthCleaning>();
        await cleaning.CleanAsync(TestContext.Current.CancellationToken);
        (await _ana.ReadAsync("/health/stats")).GetProperty("total_records").GetInt32().ShouldBe(2);

        await connection.ExecuteAsync("update health_reading set created_at = created_at - interval '2 days'; update health_hour set hour = hour - interval '2 days'");
        await cleaning.CleanAsync(TestContext.Current.CancellationToken);

        Temperatures(await _ana.ReadAsync("/health/history")).ShouldBe([37]);
        (await _ana.ReadAsync("/health/stats")).GetProperty("total_records").GetInt32().ShouldBe(1);
    }

    private static List<double> Temperatures(JsonElement records) => [.. records.EnumerateArray().Select(record => record.GetProperty("temperature").GetDouble())];
}
