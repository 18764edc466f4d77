using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Live;

/// <summary>Who watches a camera, and who watched it lately. For parents: a guest does not see when they look, whatever else a guest may do with the camera.</summary>
internal static class ViewerEndpoints
{
    private const int Most = 100;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/cameras/{id:int}/viewers", Get).WithTags("Live").RequireCamera(CameraNeed.View)
            .RequireHouseholdPlace(Place.Owner, Place.Parent)
            .WithSummary("Who watches now, and who watched lately");

    private static async Task<Ok<ViewerList>> Get(
        int id, CameraDirectory cameras, Watchers watchers, StreamTable table, CancellationToken cancel, int limit = 20)
    {
        watchers.Sweep();
        var now = watchers.Open.Where(session => session.CameraId == id).OrderByDescending(session => session.StartedAt).ToList();
        var recent = cameras.Find(id) is { } camera ? await table.RecentAsync(camera.HouseholdId, [id], null, Math.Clamp(limit, 1, Most) + now.Count, cancel) : [];
        return TypedResults.Ok(new ViewerList
        {
            Now = now,
            Recent = [.. recent.Where(session => session.EndedAt is not null).Take(Math.Clamp(limit, 1, Most))],
        });
    }
}

public sealed record ViewerList
{
    /// <summary>Of this server, newest first.</summary>
    public required IReadOnlyList<StreamSession> Now { get; init; }

    /// <summary>Ended, newest first; kept for ninety days.</summary>
    public required IReadOnlyList<StreamSession> Recent { get; init; }
}
