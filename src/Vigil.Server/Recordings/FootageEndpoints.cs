using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;
using Vigil.Server.Recordings.Schedules;

namespace Vigil.Server.Recordings;

/// <summary>Footage by time, whoever wanted it: what there is, one file of any part, one picture, the days that have some.</summary>
internal static class FootageEndpoints
{
    private static readonly TimeSpan LongestList = TimeSpan.FromDays(8);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var camera = routes.MapGroup("/api/v1/cameras/{id:int}").WithTags("Footage").RequireAuthorization();
        camera.MapGet("/footage", Find).RequireCamera(CameraNeed.View).ProducesProblem(StatusCodes.Status400BadRequest);
        camera.MapGet("/footage/days", Days).RequireCamera(CameraNeed.View).ProducesProblem(StatusCodes.Status400BadRequest);
        camera.MapMethods("/footage.mp4", [HttpMethods.Get, HttpMethods.Head], Video).RequireCamera(CameraNeed.View).AcceptMediaSignature("cameras/{id}")
            .Produces(StatusCodes.Status200OK, contentType: "video/mp4").Produces(StatusCodes.Status206PartialContent, contentType: "video/mp4")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        camera.MapGet("/footage/thumbnail.jpg", Thumbnail).RequireCamera(CameraNeed.View).AcceptMediaSignature("cameras/{id}")
            .Produces(StatusCodes.Status200OK, contentType: "image/jpeg").ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        routes.MapMethods("/api/v1/recordings/{id:guid}/video.mp4", [HttpMethods.Get, HttpMethods.Head], RecordingVideo)
            .WithTags("Recordings").RequireAuthorization().OpenToOutsiders().AcceptMediaSignature("recordings/{id}")
            .Produces(StatusCodes.Status200OK, contentType: "video/mp4").Produces(StatusCodes.Status206PartialContent, contentType: "video/mp4")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Only what lies where the member may look; what lies elsewhere is neither footage nor a gap.</summary>
    private static async Task<Results<Ok<FootageView>, ProblemHttpResult>> Find(
        int id, DateTimeOffset from, DateTimeOffset to, CurrentMember member, CameraAccess access, SegmentIndex index, RecordingBook book, TimeProvider time,
        CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        to = to > now ? now : to;
        if (to - from > LongestList)
        {
            return Problems.BadRequest("At most eight days at once.", "tooLong");
        }

        var windows = access.Footage(member, id, from, to);
        var found = await index.ReadAsync(member.HouseholdId, [.. windows.Select(w => new SegmentRange(id, w.From, w.To))], wanted: false, cancel);
        var wanted = await book.ListAsync(member.HouseholdId, new RecordingFilter { Cameras = [id], From = from, To = to, Limit = 500 }, cancel);
        return TypedResults.Ok(new FootageView
        {
            Ranges = [.. found.SelectMany(f => f.Ranges)],
            Gaps = [.. found.SelectMany(f => f.Gaps).Select(g => Blame(g, wanted, now))],
            Bytes = found.Sum(f => f.Bytes),
        });
    }

    /// <summary>Nothing came although it was being recorded: that is not the same as nobody having wanted it.</summary>
    private static FootageGap Blame(FootageGap gap, IReadOnlyList<Recording> wanted, DateTimeOffset now) =>
        gap.Reason == GapReason.NotRecorded && wanted.Any(r => r.From <= gap.From && r.Until(now) >= gap.To) ? gap with { Reason = GapReason.CameraGone } : gap;

    private static async Task<Results<Ok<FootageDays>, ProblemHttpResult>> Days(
        int id, string month, CurrentMember member, CameraAccess access, SegmentTable table, CancellationToken cancel)
    {
        if (!DateOnly.TryParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first) || first.Year is < 2000 or > 9000)
        {
            return Problems.BadRequest("A month looks like 2026-11.", "validation");
        }

        var zone = TimeZones.Find(member.TimeZone);
        var days = Enumerable.Range(0, DateTime.DaysInMonth(first.Year, first.Month)).Select(first.AddDays).ToList();
        var windows = days.SelectMany(day => access.Footage(member, id, BeginOf(day), BeginOf(day.AddDays(1))).Select(w => (Day: day, Window: w))).ToList();
        var found = await table.WithFootageAsync(member.HouseholdId, [.. windows.Select(w => new SegmentRange(id, w.Window.From, w.Window.To))], cancel);
        return TypedResults.Ok(new FootageDays { Days = [.. found.Select(n => windows[n].Day).Distinct()] });

        DateTimeOffset BeginOf(DateOnly day) => LocalClock.FirstAt(zone, day.ToDateTime(TimeOnly.MinValue));
    }

    private static async Task<IResult> Video(
        int id, DateTimeOffset from, DateTimeOffset to, HttpContext http, CurrentMember member, CameraDirectory directory, FootageFiles files, TimeProvider time,
        string? download, string? sound, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        return await files.AnswerAsync(
            http,
            member,
            new FootageWish
            {
                CameraId = id,
                From = from,
                To = to > now ? now : to,
                SaveAs = download is "1" or "true" ? FootageFiles.FileName(directory.Find(id)?.Name, from, member.TimeZone) : null,
                AacSound = sound is "aac",
            },
            cancel);
    }

    private static async Task<IResult> RecordingVideo(
        Guid id, HttpContext http, CurrentMember member, RecordingAccess access, FootageFiles files, TimeProvider time, string? download, string? sound,
        CancellationToken cancel)
    {
        if (await access.FindAsync(member, id, cancel) is not { } recording)
        {
            return Problems.NotFound("There is no such recording.");
        }

        return await files.AnswerAsync(
            http,
            member,
            new FootageWish
            {
                CameraId = recording.CameraId,
                From = recording.From,
                To = recording.Until(time.GetUtcNow()),
                SaveAs = download is "1" or "true" ? FootageFiles.FileName(recording.Name) : null,
                AacSound = sound is "aac",
            },
            cancel);
    }

    private static async Task<IResult> Thumbnail(
        int id, DateTimeOffset at, HttpContext http, CurrentMember member, CameraAccess access, FootageThumbnails thumbnails, CancellationToken cancel)
    {
        if (!access.MaySee(member, id, at, at))
        {
            return Problems.NotFound("There is no picture of this time.");
        }

        switch (await thumbnails.TakeAsync(member.HouseholdId, id, at, taken => access.MaySee(member, id, taken, taken), cancel))
        {
            case (_, { } picture):
                // A second of the past does not change, but whoever may see it does.
                http.Response.Headers.CacheControl = "private, max-age=3600";
                return TypedResults.Bytes(picture, "image/jpeg");
            case (true, _):
                http.Response.Headers.RetryAfter = "2";
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The server is busy with other pictures. Try again in a moment.", "busy");
            default:
                return Problems.NotFound("There is no picture of this time.");
        }
    }
}

public sealed record FootageView
{
    public required IReadOnlyList<FootageRange> Ranges { get; init; }

    public required IReadOnlyList<FootageGap> Gaps { get; init; }

    public required long Bytes { get; init; }
}

public sealed record FootageDays
{
    /// <summary>In the household's time zone.</summary>
    public required IReadOnlyList<DateOnly> Days { get; init; }
}
