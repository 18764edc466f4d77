using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Media.Onvif;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras.Ptz;

/// <summary>Whether a camera can be moved.</summary>
public sealed record PtzView
{
    public required bool CanMove { get; init; }

    /// <summary>Why not, in words; empty when it can.</summary>
    public required string Detail { get; init; }

    /// <summary>Stored in the camera.</summary>
    public required IReadOnlyList<PtzPlaceView> Places { get; init; }
}

public sealed record PtzPlaceView
{
    public required string Token { get; init; }

    public required string Name { get; init; }
}

/// <summary>How fast, each between −1 and 1 of the camera's top speed. Right, up and closer are positive; nothing at all is stop.</summary>
public sealed record PtzMoveRequest
{
    [Range(-1.0, 1.0)]
    public float Pan { get; init; }

    [Range(-1.0, 1.0)]
    public float Tilt { get; init; }

    [Range(-1.0, 1.0)]
    public float Zoom { get; init; }
}

public sealed record PtzPlaceRequest
{
    /// <summary>One of the camera's places.</summary>
    [StringLength(64)]
    public string Token { get; init; } = "";
}

/// <summary>Pan, tilt and zoom by ONVIF, for those who may control the camera.</summary>
internal static class PtzEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var ptz = routes.MapGroup("/api/v1/cameras/{id:int}/ptz").WithTags("Cameras").RequireAuthorization();
        ptz.MapGet("", Get).RequireCamera(CameraNeed.Control).WithSummary("Whether the camera can be moved, and its places");
        ptz.MapPost("/move", Move).RequireCamera(CameraNeed.Control)
            .WithSummary("Moves the camera for a second; ask again while it shall go on").ProducesProblem(StatusCodes.Status409Conflict);
        ptz.MapPost("/stop", Stop).RequireCamera(CameraNeed.Control).WithSummary("Stops it").ProducesProblem(StatusCodes.Status409Conflict);
        ptz.MapPost("/go", Go).RequireCamera(CameraNeed.Control)
            .WithSummary("Turns it to one of its places").ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Ok<PtzView>> Get(int id, PtzDesk desk, CancellationToken cancel)
    {
        if (desk.Open(id) is not { } motion)
        {
            return TypedResults.Ok(new PtzView { CanMove = false, Detail = "This camera cannot be moved, or is paused.", Places = [] });
        }

        var (result, places) = await motion.LookAsync(cancel);
        return TypedResults.Ok(new PtzView
        {
            CanMove = result.Outcome == PtzOutcome.Done,
            Detail = result.Detail,
            Places = [.. places.Select(p => new PtzPlaceView { Token = p.Token, Name = p.Name })],
        });
    }

    private static Task<Results<NoContent, ProblemHttpResult>> Move(int id, PtzMoveRequest request, PtzDesk desk, CancellationToken cancel) =>
        Answer(desk.Open(id), motion => motion.MoveAsync(request.Pan, request.Tilt, request.Zoom, cancel));

    private static Task<Results<NoContent, ProblemHttpResult>> Stop(int id, PtzDesk desk) => Answer(desk.Open(id), motion => motion.StopAsync());

    private static Task<Results<NoContent, ProblemHttpResult>> Go(int id, PtzPlaceRequest request, PtzDesk desk, CancellationToken cancel) =>
        Answer(request.Token.Length == 0 ? null : desk.Open(id), motion => motion.GoAsync(request.Token, cancel));

    private static async Task<Results<NoContent, ProblemHttpResult>> Answer(PtzMotion? motion, Func<PtzMotion, Task<PtzResult>> command)
    {
        var result = motion is null ? new PtzResult(PtzOutcome.CannotMove, "This camera cannot be moved, or is paused.") : await command(motion);
        return result.Outcome switch
        {
            PtzOutcome.Done => TypedResults.NoContent(),
            PtzOutcome.CannotMove => Problems.Conflict(result.Detail, "cannotMove"),
            _ => Problems.Of(StatusCodes.Status502BadGateway, result.Detail, "cameraRefused"),
        };
    }
}
