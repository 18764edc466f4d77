using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Vigil.Media;
using Vigil.Media.Recording;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>How well a camera works: what it sends, what was lost on the way, what is kept of it.</summary>
internal static class CameraHealthEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/cameras/{id:int}/health", Get).WithTags("Cameras").RequireAuthorization().RequireCamera(CameraNeed.View)
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static async Task<Results<Ok<CameraHealthView>, ProblemHttpResult>> Get(
        int id, CurrentMember member, CameraDirectory directory, CameraFeeds feeds, Recorder recorder, SegmentTable segments, TimeProvider time,
        CancellationToken cancel)
    {
        if (directory.Find(id) is not { } camera)
        {
            return Problems.NotFound("There is no such camera.");
        }

        return TypedResults.Ok(new CameraHealthView
        {
            Status = feeds.StatusOf(camera),
            Streams = feeds.Find(id)?.Health ?? [],
            Recorder = recorder.StatusOf(id),
            Storage = await StorageAsync(member, id, segments, time, cancel),
        });
    }

    /// <summary>The pictures' figures are worth showing while the database is away. When there was footage is not for guests: they see their own hours.</summary>
    private static async Task<CameraStorageView?> StorageAsync(
        CurrentMember member, int id, SegmentTable segments, TimeProvider time, CancellationToken cancel)
    {
        if (member.Place == Place.Guest)
        {
            return null;
        }

        try
        {
            return await segments.StorageOfAsync(member.HouseholdId, id, time.GetUtcNow() - TimeSpan.FromDays(1), cancel);
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }
}

public sealed record CameraHealthView
{
    public required CameraStatus Status { get; init; }

    /// <summary>Since the server began to read the camera; empty while it does not.</summary>
    public required IReadOnlyList<StreamHealth> Streams { get; init; }

    /// <summary>Null while the camera has no place at the recorder.</summary>
    public required CameraRecorderStatus? Recorder { get; init; }

    /// <summary>Null for guests, and while the database is away.</summary>
    public required CameraStorageView? Storage { get; init; }
}

/// <summary>The footage of a camera on the disk.</summary>
public sealed record CameraStorageView
{
    public required long Bytes { get; init; }

    /// <summary>Of the last 24 hours.</summary>
    public required long DayBytes { get; init; }

    /// <summary>Null when there is none.</summary>
    public required DateTimeOffset? Oldest { get; init; }

    public required DateTimeOffset? Newest { get; init; }

    /// <summary>How much of the time has footage.</summary>
    public required double Seconds { get; init; }
}
