using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.Server.Accounts;

namespace Vigil.Server.Health;

/// <summary>`/health/charts/…` of the health contract, ready for its mobile app to draw. Hours and days are those of the household's clock.</summary>
internal static class HealthChartEndpoints
{
    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    public static void Map(RouteGroupBuilder own)
    {
        var charts = own.MapGroup("/charts");
        charts.MapGet("/temperature-humidity", TemperatureHumidity).WithSummary("Chart: temperature and humidity");
        charts.MapGet("/cry-frequency", CryFrequency).WithSummary("Chart: how often the baby cried");
        charts.MapGet("/health-distribution", Distribution).WithSummary("Chart: normal, crying, fever, both");
        charts.MapGet("/hourly-heatmap", Heatmap).WithSummary("Chart: crying by weekday and hour");
    }

    private static async Task<IResult> TemperatureHumidity(HttpContext http, CurrentMember member, ReadingBuckets buckets, TimeProvider time, CancellationToken cancel)
    {
        var (found, refusal) = await ReadAsync(http, member, buckets, time, "1 hour", 1, cancel);
        return refusal ?? Results.Json(new JsonObject
        {
            ["labels"] = List(found, bucket => Local(bucket, member).ToString("MM/dd HH:mm", CultureInfo.InvariantCulture)),
            ["temperature"] = List(found, bucket => Math.Round(bucket.Temperature, 1)),
            ["humidity"] = List(found, bucket => Math.Round(bucket.Humidity, 1)),
        });
    }

    private static async Task<IResult> CryFrequency(HttpContext http, CurrentMember member, ReadingBuckets buckets, TimeProvider time, CancellationToken cancel)
    {
        var (found, refusal) = await ReadAsync(http, member, buckets, time, "1 day", 7, cancel);
        return refusal ?? Results.Json(new JsonObject
        {
            ["labels"] = List(found, bucket => Local(bucket, member).ToString("ddd dd", CultureInfo.InvariantCulture)),
            ["cry_count"] = List(found, bucket => bucket.Cries),
            ["sick_count"] = List(found, bucket => bucket.Sicks),
        });
    }

    private static async Task<IResult> Distribution(HttpContext http, CurrentMember member, ReadingBuckets buckets, TimeProvider time, CancellationToken cancel)
    {
        var (found, refusal) = await ReadAsync(http, member, buckets, time, "1 day", 7, cancel, takesInterval: false);
        if (refusal is not null)
        {
            return refusal;
        }

        var both = found.Sum(bucket => bucket.Both);
        var (crying, fever) = (found.Sum(bucket => bucket.Cries) - both, found.Sum(bucket => bucket.Fevers) - both);
        var total = found.Sum(bucket => bucket.Readings);
        long[] values = [total - crying - fever - both, crying, fever, both];
        return Results.Json(new JsonObject
        {
            ["labels"] = new JsonArray("Bình thường", "Khóc", "Sốt", "Nguy hiểm"),
            ["values"] = List(values, value => value),
            ["percentages"] = List(values, value => total == 0 ? 0 : Math.Round(100.0 * value / total, 1)),
            ["colors"] = new JsonArray("#4CAF50", "#FFC107", "#FF9800", "#F44336"),
        });
    }

    private static async Task<IResult> Heatmap(HttpContext http, CurrentMember member, ReadingBuckets buckets, TimeProvider time, CancellationToken cancel)
    {
        var (found, refusal) = await ReadAsync(http, member, buckets, time, "1 hour", 7, cancel, takesInterval: false);
        if (refusal is not null)
        {
            return refusal;
        }

        var counts = new long[Days.Length, 24];
        foreach (var bucket in found)
        {
            var local = Local(bucket, member);
            counts[(int)local.DayOfWeek, local.Hour] += bucket.Cries;
        }

        return Results.Json(new JsonObject
        {
            ["hours"] = List(Enumerable.Range(0, 24), hour => hour),
            ["days"] = List(Days, day => day),
            ["data"] = new JsonArray([.. Enumerable.Range(0, Days.Length).Select(day => List(Enumerable.Range(0, 24), hour => counts[day, hour]))]),
        });
    }

    /// <summary>The buckets of the last `days` (1 to 30), oldest first, or the answer that says what is wrong with the question.</summary>
    private static async Task<(IReadOnlyList<ReadingBucket> Found, IResult? Refusal)> ReadAsync(
        HttpContext http, CurrentMember member, ReadingBuckets buckets, TimeProvider time, string interval, int days, CancellationToken cancel, bool takesInterval = true)
    {
        var query = LooseFields.OfQuery(http.Request);
        var back = query.Number("days", days, 1, 30);
        if (query.HasFaults)
        {
            return ([], query.Unprocessable());
        }

        var asked = takesInterval && http.Request.Query["interval"].ToString() is { Length: > 0 } given ? given : interval;
        if (!Interval.TryParse(asked, out var step))
        {
            return ([], HealthRecordEndpoints.BadInterval());
        }

        var now = time.GetUtcNow();
        var found = await buckets.ReadAsync(
            new BucketQuery
            {
                HouseholdId = member.HouseholdId,
                AccountId = member.AccountId,
                Step = step,
                From = now - TimeSpan.FromDays(back),
                To = now,
                Zone = TimeZones.Find(member.TimeZone).Id,
            },
            cancel);
        return ([.. found.Reverse()], null);
    }

    private static DateTimeOffset Local(ReadingBucket bucket, CurrentMember member) => TimeZoneInfo.ConvertTime(bucket.At, TimeZones.Find(member.TimeZone));

    private static JsonArray List<TItem, TShown>(IEnumerable<TItem> items, Func<TItem, TShown> show) => new([.. items.Select(item => (JsonNode?)JsonValue.Create(show(item)))]);
}
