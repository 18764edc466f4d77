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
        int id, CurrentMember member, CameraAccess access, LevelTable table, TimeProvider time, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancel)
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

        try
        {
            var points = await table.ReadAsync(member.HouseholdId, id, begin, end, MostPoints, cancel);
            return TypedResults.Ok(new LevelsView { StepSeconds = (int)LevelHistory.Step.TotalSeconds, Points = Seen(points, access.Footage(member, id, begin, end)) });
        }
        catch (NpgsqlException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The database is away; live levels go on.", "databaseAway");
        }
    }

    /// <summary>Points and ranges are both in the order of time.</summary>
    private static List<LevelRow> Seen(IReadOnlyList<LevelRow> points, IReadOnlyList<TimeRange> visible)
    {
        var seen = new List<LevelRow>(points.Count);
        var range = 0;
        foreach (var point in points)
        {
            while (range < visible.Count && visible[range].To <= point.At)
            {
                range++;
            }

            if (range < visible.Count && visible[range].Contains(point.At))
            {
                seen.Add(point);
            }
        }

        return seen;
    }
}
