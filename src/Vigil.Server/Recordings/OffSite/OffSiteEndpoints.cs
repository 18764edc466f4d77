using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Vigil.Server.Accounts;

namespace Vigil.Server.Recordings.OffSite;

/// <summary>Copies of the household's protected recordings in a second directory.</summary>
public sealed record OffSiteView
{
    public required OffSiteState State { get; init; }

    /// <summary>For people.</summary>
    public required string Words { get; init; }

    /// <summary>Recordings whose copy is not complete.</summary>
    public required int Waiting { get; init; }

    public required int Copied { get; init; }

    public required long Bytes { get; init; }

    public required DateTimeOffset? LastCopiedAt { get; init; }
}

internal static class OffSiteEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/storage/offsite", Get).WithTags("Storage").RequireHouseholdPlace(Place.Owner, Place.Parent)
            .WithSummary("Copies of protected recordings in a second directory");

    private static async Task<Ok<OffSiteView>> Get(
        CurrentMember member, OffSiteCopier copier, OffSiteTable table, IOptions<OffSiteOptions> options, CancellationToken cancel)
    {
        var count = await table.CountAsync(member.HouseholdId, options.Value.AlertClips, cancel);
        var what = options.Value.AlertClips ? "recordings with a star and alert clips" : "recordings with a star";
        return TypedResults.Ok(new OffSiteView
        {
            State = copier.State,
            Words = copier.State switch
            {
                OffSiteState.Off => "Nothing is copied to a second disk.",
                OffSiteState.Away => $"The second disk is not connected: copies of {what} wait.",
                OffSiteState.Full => "The second disk is full: copies wait.",
                OffSiteState.Failing => "Copying to the second disk failed. It is tried again.",
                OffSiteState.Copying => $"Copying {what} to the second disk.",
                _ when count.Waiting > 0 => $"Copying {what} to the second disk begins within a minute.",
                _ when count.Copied == 0 => $"There are no {what} yet. They go to the second disk as they come.",
                _ => $"All {what} are on the second disk, too.",
            },
            Waiting = copier.State == OffSiteState.Off ? 0 : count.Waiting,
            Copied = count.Copied,
            Bytes = count.Bytes,
            LastCopiedAt = count.LastCopiedAt,
        });
    }
}
