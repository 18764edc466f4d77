using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Health;

/// <summary>`/health/…` of the health contract: one's own readings. Thin: the same readings as `/api/v1/health`.</summary>
internal static class HealthRecordEndpoints
{
    public const string Tag = "Contract: baby health";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").WithErrorShape(ErrorShape.Detail).WithTags(Tag);
        HealthUploadEndpoint.Map(health);
        var own = health.MapGroup("").RequireAuthorization();
        own.MapGet("/history", History).Produces<IReadOnlyList<HealthRecord>>().WithSummary("One's own readings, newest first")
            .WithDescription("limit (100; 1 to 1000), offset (0), cry_detected, sick_detected, start_date and end_date (ISO 8601; without a zone UTC).");
        own.MapGet("/stats", Stats).Produces<HealthStats>().WithSummary("One's own readings in numbers");
        own.MapGet("/timeseries", Timeseries).Produces<HealthTimeseries>().WithSummary("Averages and counts over time, newest first")
            .WithDescription("interval (\"1 hour\", \"6 hours\", \"1 day\", \"1 week\" …), start_date (seven days ago), end_date (now).");
        own.MapGet("/{record_id}", Get).Produces<HealthRecord>().WithSummary("One of one's own readings");
        HealthChartEndpoints.Map(own);
        health.MapGet("/test/endpoint", () => new { message = "Health router is working!", cry_detection = "AI model ready" }).AllowAnonymous();
        routes.MapGet("/uploads/{file}", GetAudio).RequireAuthorization().WithErrorShape(ErrorShape.Detail).WithTags(Tag).WithSummary("The sound of one's own reading");
    }

    private static async Task<IResult> History(HttpContext http, CurrentMember member, ReadingTable table, CancellationToken cancel)
    {
        var query = LooseFields.OfQuery(http.Request);
        var filter = new ReadingFilter
        {
            AccountId = member.AccountId,
            Limit = query.Number("limit", 100, 1, 1000),
            Offset = query.Number("offset", 0, 0, int.MaxValue),
            Cry = query.Flag("cry_detected"),
            Sick = query.Flag("sick_detected"),
            From = query.Instant("start_date"),
            To = query.Instant("end_date"),
        };
        return query.HasFaults ? query.Unprocessable() : Results.Json((await table.ListAsync(member.HouseholdId, filter, cancel)).Select(HealthRecord.Of));
    }

    private static async Task<IResult> Stats(CurrentMember member, ReadingTable table, CancellationToken cancel)
    {
        var totals = await table.TotalsAsync(member.HouseholdId, member.AccountId, cancel);
        var latest = await table.ListAsync(member.HouseholdId, new ReadingFilter { AccountId = member.AccountId, Limit = 1 }, cancel);
        return Results.Json(new HealthStats
        {
            TotalRecords = totals.Readings,
            CryDetectedCount = totals.Cries,
            SickDetectedCount = totals.Sicks,
            AvgTemperature = Math.Round(totals.Temperature ?? 0, 2),
            AvgHumidity = Math.Round(totals.Humidity ?? 0, 2),
            LatestRecord = latest.Count > 0 ? HealthRecord.Of(latest[0]) : null,
        });
    }

    private static async Task<IResult> Timeseries(HttpContext http, CurrentMember member, ReadingBuckets buckets, TimeProvider time, CancellationToken cancel)
    {
        var query = LooseFields.OfQuery(http.Request);
        var (start, end) = (query.Instant("start_date"), query.Instant("end_date"));
        if (query.HasFaults)
        {
            return query.Unprocessable();
        }

        if (!Interval.TryParse(http.Request.Query["interval"].ToString() is { Length: > 0 } asked ? asked : "1 hour", out var step))
        {
            return BadInterval();
        }

        var found = await buckets.ReadAsync(
            new BucketQuery
            {
                HouseholdId = member.HouseholdId,
                AccountId = member.AccountId,
                Step = step,
                From = start ?? (time.GetUtcNow() - TimeSpan.FromDays(7)),
                To = end ?? time.GetUtcNow(),
            },
            cancel);
        return Results.Json(new HealthTimeseries
        {
            Data =
            [
                .. found.Select(bucket => new HealthBucket
                {
                    Time = bucket.At,
                    AvgTemperature = Math.Round(bucket.Temperature, 2),
                    AvgHumidity = Math.Round(bucket.Humidity, 2),
                    RecordCount = bucket.Readings,
                    CryCount = bucket.Cries,
                    SickCount = bucket.Sicks,
                }),
            ],
        });
    }

    private static async Task<IResult> Get(string record_id, CurrentMember member, ReadingTable table, CancellationToken cancel)
    {
        var digits = record_id.AsSpan().TrimStart("+-");
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9') || record_id.Length - digits.Length > 1)
        {
            var path = new LooseFields("path", _ => record_id);
            path.Fault("record_id", "Input should be a valid integer, unable to parse string as an integer", "int_parsing");
            return path.Unprocessable();
        }

        return long.TryParse(record_id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id)
            && await table.FindAsync(member.HouseholdId, member.AccountId, id, cancel) is { } found
                ? Results.Json(HealthRecord.Of(found))
                : Detail(StatusCodes.Status404NotFound, "Health record not found");
    }

    private static async Task<IResult> GetAudio(string file, CurrentMember member, ReadingTable table, UploadedClips clips, CancellationToken cancel)
    {
        // Only names that stand in the table are ever looked for on the disk.
        if (ClipFormat.ByExtension(Path.GetExtension(file)) is not { } format || file.Contains('\0', StringComparison.Ordinal)
            || !await table.OwnsAudioAsync(member.HouseholdId, member.AccountId, file, cancel) || !File.Exists(clips.PathOf(file)))
        {
            return Detail(StatusCodes.Status404NotFound, "File not found");
        }

        return Results.File(clips.PathOf(file), format.MediaType, enableRangeProcessing: true);
    }

    internal static IResult BadInterval() =>
        Detail(StatusCodes.Status400BadRequest, "interval must be a number of minutes, hours, days or weeks, for example \"15 minutes\", \"1 hour\" or \"1 week\"");

    private static IResult Detail(int status, string detail) => Results.Json(new JsonObject { ["detail"] = detail }, statusCode: status);
}
