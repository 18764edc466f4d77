using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Vigil.Media.Recording;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;
using Vigil.Server.Recordings.Store;

namespace Vigil.Server.Recordings.Retention;

/// <summary>How long a camera's footage is kept.</summary>
public sealed record RetentionRequest
{
    /// <summary>After the end of the recording that it belongs to; 0: as long as there is room; null: as this server does by default.</summary>
    [Range(0, 87600)]
    public int? Hours { get; init; }

    /// <summary>Null: as much as there is room for.</summary>
    [Range(1, long.MaxValue)]
    public long? MaxBytes { get; init; }
}

public sealed record HouseholdStorageRequest
{
    /// <summary>Of all cameras of the household together; null: as much as there is room for.</summary>
    [Range(1, long.MaxValue)]
    public long? MaxBytes { get; init; }
}

/// <summary>A household's footage, and how long the room lasts.</summary>
public sealed record RetentionView
{
    public required long FreeBytes { get; init; }

    /// <summary>That much stays free.</summary>
    public required long FloorBytes { get; init; }

    public required long? MaxBytes { get; init; }

    /// <summary>Of an average day of late, all cameras.</summary>
    public required long BytesPerDay { get; init; }

    /// <summary>Until footage goes before its time; null: there is room for all of it.</summary>
    public required double? DaysLeft { get; init; }

    /// <summary>For people: "11 days left at this rate; …".</summary>
    public required string Words { get; init; }

    public required IReadOnlyList<CameraRetentionView> Cameras { get; init; }
}

public sealed record CameraRetentionView
{
    public required int CameraId { get; init; }

    public required string Name { get; init; }

    public required long Bytes { get; init; }

    public required long BytesPerDay { get; init; }

    public required DateTimeOffset? Oldest { get; init; }

    /// <summary>How long footage is kept; 0: as long as there is room.</summary>
    public required int Hours { get; init; }

    /// <summary>Nobody has set it: clips and what was recorded by hand are kept as long as there is room.</summary>
    public required bool IsDefault { get; init; }

    public required long? MaxBytes { get; init; }

    /// <summary>Should be on the disk and is not: kept aside until the disk is back, or somebody says that it is gone.</summary>
    public required long? MissingBytes { get; init; }

    /// <summary>Would be deleted, is more than half of it, and waits for somebody to agree.</summary>
    public required long? HeldBytes { get; init; }
}

internal static class RetentionEndpoints
{
    private static readonly TimeSpan Least = TimeSpan.FromHours(1);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var storage = routes.MapGroup("/api/v1/storage").WithTags("Storage").RequireHouseholdPlace(Place.Owner, Place.Parent);
        storage.MapGet("", Get).WithSummary("The household's footage, and how long the room lasts");
        storage.MapPut("", Put).WithSummary("How much footage the household may have");
        storage.MapPost("/look-again", LookAgain).WithSummary("The disk with the footage is connected: compare it with the index once more");
        var camera = routes.MapGroup("/api/v1/cameras/{id:int}/retention").WithTags("Storage").RequireAuthorization();
        camera.MapPut("", PutCamera).RequireCamera(CameraNeed.Admin).WithSummary("How long a camera's footage is kept");
        camera.MapPost("/agree", Agree).RequireCamera(CameraNeed.Admin).WithSummary("More than half of the camera's footage may go now");
        camera.MapPost("/forget-missing", ForgetMissing).RequireCamera(CameraNeed.Admin).WithSummary("What is not on the disk is gone for good");
    }

    private static async Task<Ok<RetentionView>> Get([AsParameters] Desk desk, CancellationToken cancel) => TypedResults.Ok(await desk.ViewAsync(cancel));

    private static async Task<Ok<RetentionView>> Put(HouseholdStorageRequest request, [AsParameters] Desk desk, CancellationToken cancel)
    {
        await desk.Table.PutHouseholdAsync(desk.Member.HouseholdId, request.MaxBytes, cancel);
        return TypedResults.Ok(await desk.ViewAsync(cancel));
    }

    private static async Task<Ok<RetentionView>> PutCamera(int id, RetentionRequest request, [AsParameters] Desk desk, CancellationToken cancel)
    {
        await desk.Cameras.ChangeAsync(desk.Member.HouseholdId, id, c => c with { RetentionHours = request.Hours }, cancel);
        await desk.Table.PutCameraAsync(desk.Member.HouseholdId, id, request.MaxBytes, cancel);
        return TypedResults.Ok(await desk.ViewAsync(cancel));
    }

    private static NoContent Agree(int id, RetentionHold hold)
    {
        hold.Agree(id);
        return TypedResults.NoContent();
    }

    private static NoContent LookAgain(SegmentIndex index, RateLimits limits)
    {
        // The look is at the whole server's disk: who asks again and again, in whatever household, gets the one that is on its way.
        if (limits.TryTake("look again", "disk", 4, TimeSpan.FromMinutes(1)))
        {
            index.LookAgain();
        }

        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ForgetMissing(int id, CurrentMember member, MissingFootage missing, CancellationToken cancel)
    {
        await missing.ForgetAsync(member.HouseholdId, id, cancel);
        return TypedResults.NoContent();
    }

    internal readonly record struct Desk(
        CurrentMember Member, CameraAccess Access, CameraDirectory Cameras, RetentionTable Table, MissingFootage Missing, RetentionHold Hold, ISegmentDisk Disk, IOptions<RecordingOptions> Options,
        TimeProvider Time)
    {
        public async Task<RetentionView> ViewAsync(CancellationToken cancel)
        {
            var (self, household) = (this, Member.HouseholdId);
            var (hold, now, options) = (Hold, Time.GetUtcNow(), Options.Value);
            var limits = await Table.CamerasAsync(Member.HouseholdId, cancel);
            var everybody = await Table.TotalsAsync(null, now, cancel);
            var totals = everybody.Where(t => t.HouseholdId == household).ToDictionary(t => t.CameraId);
            var cap = (await Table.HouseholdsAsync(cancel)).TryGetValue(Member.HouseholdId, out var most) ? most : (long?)null;
            var missing = await Missing.TotalsAsync(household, cancel);
            var rates = everybody.Select(t => (t.HouseholdId, Rate: new CameraRate(t.Bytes, PerDay(t, now), self.KeptFor(t.CameraId))))
                .ToList();

            // The disk is everybody's; the household's own limit is its own.
            var room = Disk.FreeBytes - options.FreeBytes;
            room = options.MaxBytes > 0 ? Math.Min(room, options.MaxBytes - everybody.Sum(t => t.Bytes)) : room;
            var ours = rates.Where(r => r.HouseholdId == household).Select(r => r.Rate).ToList();
            var left = Forecast.DaysLeft([.. rates.Select(r => r.Rate)], room);
            if (cap is { } limit && Forecast.DaysLeft(ours, limit - ours.Sum(r => r.Bytes)) is { } ofOwn && ofOwn < (left ?? double.MaxValue))
            {
                left = ofOwn;
            }

            return new RetentionView
            {
                FreeBytes = Disk.FreeBytes,
                FloorBytes = options.FreeBytes,
                MaxBytes = cap,
                BytesPerDay = (long)ours.Sum(r => r.BytesPerDay),
                DaysLeft = left,
                Words = Forecast.Words(left, ours.Sum(r => r.BytesPerDay)),
                Cameras =
                [
                    .. Access.Visible(Member).Select(c => new CameraRetentionView
                    {
                        CameraId = c.Id,
                        Name = c.Name,
                        Bytes = totals.GetValueOrDefault(c.Id)?.Bytes ?? 0,
                        BytesPerDay = (long)(totals.GetValueOrDefault(c.Id) is { } total ? PerDay(total, now) : 0),
                        Oldest = totals.GetValueOrDefault(c.Id)?.Oldest,
                        Hours = c.RetentionHours ?? options.KeepHours,
                        IsDefault = c.RetentionHours is null,
                        MaxBytes = limits.TryGetValue(c.Id, out var own) ? own : null,
                        MissingBytes = missing.TryGetValue(c.Id, out var lost) ? lost : null,
                        HeldBytes = hold.Of(c.Id),
                    }),
                ],
            };
        }

        private TimeSpan? KeptFor(int cameraId) => (Cameras.Find(cameraId)?.RetentionHours ?? Options.Value.KeepHours) is var hours and > 0 ? TimeSpan.FromHours(hours) : null;

        private static double PerDay(CameraTotal total, DateTimeOffset now) =>
            total.LateSince is { } since ? total.LateBytes / Math.Max(Least.TotalDays, (now - since).TotalDays) : 0;
    }
}
