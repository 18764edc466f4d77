using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Vigil.Perception.Hearing;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Detection;

/// <summary>The loudness of the past.</summary>
public sealed record LevelsView
{
    public required int StepSeconds { get; init; }

    public required IReadOnlyList<LevelRow> Points { get; init; }
}

internal static class LevelEndpoints
{
    /// <summary>Two days of five-second points.</summary>
    private const int MostPoints = 2 * 17_280;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(8);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/cameras/{id:int}/levels", Levels).WithTags("Cameras").RequireAuthorization().RequireCamera(CameraNeed.View);

    private static async Task<Results<Ok<LevelsView>, ProblemHttpResult>> Levels(
        int id, CurrentMember member, CameraAccess access, LevelTable table, TimeProvider time, DateTimeOffset? from, DateTimeOffset? to, int? step,
        CancellationToken cancel)
    {
        var end = to ?? time.GetUtcNow();
        var begin = from ?? (end - DateTimeOffset.MinValue > TimeSpan.FromHours(1) ? end - TimeSpan.FromHours(1) : DateTimeOffset.MinValue);
        if (begin >= end)
        {
            return Problems.BadRequest("'from' lies before 'to'.");
        }

        if (end - begin > Longest)
        {
            return Problems.BadRequest("At most eight days at once.", "tooLong");
        }

        if (step is < 1 or > 3_600)
        {
            return Problems.BadRequest("'step' is from 1 to 3600 seconds; five seconds are the finest there is.", "step");
        }

        try
        {
            var length = TimeSpan.FromSeconds(Math.Max(step ?? 0, LevelHistory.Step.TotalSeconds));
            var points = await table.ReadAsync(member.HouseholdId, id, begin, end, length, MostPoints, cancel);
            return TypedResults.Ok(new LevelsView { StepSeconds = (int)length.TotalSeconds, Points = Seen(points, length, begin, end, access.Footage(member, id, begin, end)) });
        }
        catch (NpgsqlException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The database is away; live levels go on.", "databaseAway");
        }
    }

    /// <summary>Points that lie in what one may see. A long point that reaches out of it also tells of what one may not see.</summary>
    internal static List<LevelRow> Seen(IReadOnlyList<LevelRow> points, TimeSpan length, DateTimeOffset begin, DateTimeOffset end, IReadOnlyList<TimeRange> visible)
    {
        var seen = new List<LevelRow>(points.Count);
        var range = 0;
        foreach (var point in points)
        {
            // Nothing before the beginning or after the end is in it.
            var from = point.At > begin ? point.At : begin;
            var to = length <= LevelHistory.Step ? from : point.At + length < end ? point.At + length : end;
            while (range < visible.Count && visible[range].To <= from)
            {
                range++;
            }

            if (range < visible.Count && visible[range].Contains(from) && to <= visible[range].To)
            {
                seen.Add(point);
            }
        }

        return seen;
    }
}
