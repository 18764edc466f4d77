using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>Something for the child to fall asleep to, played by the room's phone.</summary>
public sealed record LullabyRequest
{
    public LullabySound Sound { get; init; } = LullabySound.Pink;

    /// <summary>One of the household's files, with the sound "file".</summary>
    public Guid? File { get; init; }

    /// <summary>How long; null keeps the end of what plays already.</summary>
    [Range(1, 720)]
    public int? Minutes { get; init; }

    [Range(0.0, 1.0)]
    public double Volume { get; init; } = 0.4;
}

internal static class LullabyEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var lullaby = routes.MapGroup("/api/v1/cameras/{id:int}/lullaby").WithTags("Live");
        lullaby.MapPut("", Put).RequireCamera(CameraNeed.Control).RequireAuthorization().WithSummary("Play a sound in the room, or change the one that plays");
        lullaby.MapDelete("", Delete).RequireCamera(CameraNeed.Control).RequireAuthorization().WithSummary("End the sound in the room");
    }

    private static async Task<Results<Ok<Lullaby>, ValidationProblem, ProblemHttpResult>> Put(
        int id, LullabyRequest request, CurrentMember member, CameraDirectory cameras, RoomPhones phones, RoomPlayback playback, Lullabies lullabies,
        LullabyFiles files, TimeProvider time, CancellationToken cancel)
    {
        if (cameras.Find(id) is not { IsPublished: true })
        {
            return Problems.Conflict("Only a phone or computer used as a camera plays sounds.", "noLoudspeaker");
        }

        if (!phones.AnyIn(id))
        {
            return Problems.Conflict("The phone in this room is not connected, so it can't play anything.", "roomGone");
        }

        string? fileName = null;
        if ((request.Sound == LullabySound.File) != request.File.HasValue
            || (request.File is { } file && (member.Place == Place.Guest || (fileName = await files.NameAsync(member.HouseholdId, file, cancel)) is null)))
        {
            return Problems.NotFound("There is no such sound.");
        }

        var now = time.GetUtcNow();
        var until = request.Minutes is { } minutes ? now.AddMinutes(minutes) : playback.Of(id).Lullaby?.Until;
        if (until is null)
        {
            return Problems.Conflict("Nothing plays; say for how many minutes it should.", "nothingPlays");
        }

        var lullaby = new Lullaby
        {
            Sound = request.Sound,
            File = request.File,
            FileName = fileName,
            Volume = request.Volume,
            StartedBy = Watchers.NameOf(member),
            StartedAt = now,
            Until = until.Value,
        };
        await lullabies.StartAsync(member.HouseholdId, id, lullaby, cancel);
        return TypedResults.Ok(lullaby);
    }

    private static async Task<NoContent> Delete(int id, CurrentMember member, Lullabies lullabies, CancellationToken cancel)
    {
        await lullabies.StopAsync(member.HouseholdId, id, cancel);
        return TypedResults.NoContent();
    }
}
