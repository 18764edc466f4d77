using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Health;

/// <summary>Our own routes about readings: those of the whole household, for its owners and parents.</summary>
internal static class HealthEndpoints
{
    private const int MostHeard = 200;
    private const int CsvPage = 1000;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/api/v1/health").WithTags("Health");
        health.MapPost("/readings", Add).AcceptDeviceKey();
        var parents = health.MapGroup("").RequireHouseholdPlace(Place.Owner, Place.Parent);
        parents.MapGet("", Get);
        parents.MapGet("/readings", List);
        parents.MapGet("/readings.csv", Export).Produces(StatusCodes.Status200OK, contentType: "text/csv");
        parents.MapGet("/settings", GetSettings);
        parents.MapPut("/settings", PutSettings);
        routes.MapPut("/api/v1/cameras/{id:int}/room-limits", PutLimits).WithTags("Health").RequireAuthorization().RequireCamera(CameraNeed.Control);
    }

    private static async Task<Results<Ok<HealthView>, ProblemHttpResult>> Get(
        CurrentMember member, ReadingBuckets buckets, ReadingTable table, HealthSettings settings, EventAccess events, TimeProvider time,
        DateTimeOffset? from, DateTimeOffset? to, string? step, CancellationToken cancel)
    {
        var end = to ?? time.GetUtcNow();
        if (end.UtcDateTime.Year is < 2000 or > 2199)
        {
            return Problems.BadRequest("'to' lies between the years 2000 and 2199.");
        }

        var begin = from ?? (end - TimeSpan.FromDays(7));
        if (begin >= end || end - begin > Longest)
        {
            return Problems.BadRequest("'from' lies before 'to', by a year at most.");
        }

        if (!Interval.TryParse(step ?? "1 hour", out var length))
        {
            return Problems.BadRequest("'step' is a number of minutes, hours, days or weeks.");
        }

        var points = await buckets.ReadAsync(
            new BucketQuery { HouseholdId = member.HouseholdId, Step = length, From = begin, To = end, Zone = TimeZones.Find(member.TimeZone).Id }, cancel);
        var newest = await table.ListAsync(member.HouseholdId, new ReadingFilter { Limit = 1 }, cancel);
        var latest = newest.Count > 0 ? newest[0] : null;
        var rules = await settings.RulesAsync(member.HouseholdId, cancel);
        // The ids of events sort by time: the first after the end bounds the list.
        var heard = await events.ListAsync(member, null, EventKind.Cry, false, Guid.CreateVersion7(end.AddMilliseconds(1)), MostHeard, cancel);
        return TypedResults.Ok(new HealthView
        {
            From = begin,
            To = end,
            Points = [.. points.Reverse()],
            Heard =
            [
                .. heard.Events.Where(e => (e.EndedAt ?? e.Until) >= begin).Select(e => new HeardCrying
                {
                    EventId = e.Id,
                    CameraId = e.CameraId ?? 0,
                    StartedAt = e.StartedAt,
                    EndedAt = e.EndedAt,
                }),
            ],
            Latest = latest is null ? null : ReadingView.Of(latest),
            Advice = latest is { } last && (last.Sick || AgeHint.AppliesTo(last, rules))
                ? $"May be ill. {AgeHint.Advice(rules, last)}"
                : null,
        });
    }

    private static async Task<Ok<IReadOnlyList<ReadingView>>> List(
        CurrentMember member, ReadingTable table, DateTimeOffset? from, DateTimeOffset? to, int? limit, CancellationToken cancel)
    {
        var found = await table.ListAsync(member.HouseholdId, new ReadingFilter { From = from, To = to, Limit = Math.Clamp(limit ?? 50, 1, 1000) }, cancel);
        return TypedResults.Ok<IReadOnlyList<ReadingView>>([.. found.Select(ReadingView.Of)]);
    }

    private static async Task<Results<Created<ReadingView>, ProblemHttpResult>> Add(
        ReadingRequest body, HttpContext http, ReadingDesk desk, HealthSettings settings, CameraAccess access, CancellationToken cancel)
    {
        if (await HealthUploadEndpoint.AuthorAsync(http, settings, cancel) is not { } author)
        {
            return Problems.Forbidden("This key is not for readings.");
        }

        var room = author.CameraId ?? body.CameraId;
        if (author.CameraId is null && room is { } camera && access.Check(CurrentMember.Of(http)!, camera, CameraNeed.View) != CameraAnswer.Allowed)
        {
            return Problems.NotFound("There is no such camera.");
        }

        var stored = await desk.AddAsync(
            author with
            {
                CreatedAt = desk.Now(),
                CameraId = room,
                Temperature = body.Temperature,
                Humidity = body.Humidity,
                Notes = string.IsNullOrWhiteSpace(body.Notes) ? null : StoredText.Cut(body.Notes.Trim(), Reading.MostNotes),
            },
            cancel);
        return TypedResults.Created((string?)null, ReadingView.Of(stored));
    }

    /// <summary>One page of the table at a time: memory does not grow with the months.</summary>
    private static async Task Export(HttpContext http, CurrentMember member, ReadingTable table, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancel)
    {
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"readings.csv\"";
        await http.Response.WriteAsync("time,temperature_c,humidity_percent,crying,high_temperature,may_be_ill,notes\r\n", cancel);
        var page = new ReadingFilter { From = from, To = to, Limit = CsvPage };
        while (true)
        {
            var found = await table.ListAsync(member.HouseholdId, page, cancel);
            var lines = new StringBuilder();
            foreach (var r in found)
            {
                lines.Append(CultureInfo.InvariantCulture, $"{r.CreatedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'},{r.Temperature},{r.Humidity},{Word(r.Cry)},{Word(r.Fever)},{Word(r.Sick)},{Quoted(r.Notes)}\r\n");
            }

            await http.Response.WriteAsync(lines.ToString(), cancel);
            if (found.Count < CsvPage)
            {
                return;
            }

            page = page with { Behind = found[^1] };
        }

        static string Word(bool yes) => yes ? "yes" : "no";

        // A spreadsheet must not take a note for a formula.
        static string Quoted(string? note) => note is null ? "" : $"\"{(note.Length > 0 && "=+-@\t\r".Contains(note[0], StringComparison.Ordinal) ? "'" : "")}{note.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static async Task<Ok<HealthSettingsView>> GetSettings(CurrentMember member, HealthSettings settings, CancellationToken cancel)
    {
        var rules = await settings.RulesAsync(member.HouseholdId, cancel);
        return TypedResults.Ok(new HealthSettingsView
        {
            SickRule = rules.SickRule,
            FeverAt = rules.FeverAt,
            BornOn = rules.BornOn,
            AgeHints = rules.AgeHints,
            AgeHintSource = AgeHint.Source,
            Rooms = [.. await settings.LimitsAsync(member.HouseholdId, cancel)],
        });
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutSettings(
        HealthSettingsRequest body, CurrentMember member, HealthSettings settings, CancellationToken cancel)
    {
        if (body.BornOn is { Year: < 2000 or > 2199 })
        {
            return Problems.BadRequest("That is no child's birthday.");
        }

        await settings.SaveRulesAsync(
            member.HouseholdId, new HealthRules { SickRule = body.SickRule, FeverAt = body.FeverAt, BornOn = body.BornOn, AgeHints = body.AgeHints }, cancel);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutLimits(
        int id, RoomLimitRequest body, CurrentMember member, HealthSettings settings, CancellationToken cancel)
    {
        if (body.TooCold >= body.TooHot)
        {
            return Problems.BadRequest("Too cold must lie below too hot.");
        }

        await settings.SaveLimitAsync(
            member.HouseholdId, new RoomLimit { CameraId = id, TooCold = body.TooCold, TooHot = body.TooHot, TooHumid = body.TooHumid }, cancel);
        return TypedResults.NoContent();
    }
}
