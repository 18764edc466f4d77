using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Media.Decoding;
using Vigil.Media.Live;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live;

/// <summary>Sounds that the family brings: parents upload and delete them, a room's device fetches the one that it is told to play.</summary>
internal static class LullabyFileEndpoints
{
    /// <summary>Half an hour as most phones record it.</summary>
    private const int LargestUpload = 20 * 1024 * 1024;
    private const int LongestName = 100;
    private const int UploadsAMinute = 10;

    /// <summary>It is played again and again; a longer one fills the phone's memory.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan UploadPatience = TimeSpan.FromMinutes(3);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var files = routes.MapGroup("/api/v1/lullabies").WithTags("Live").RequireHouseholdPlace(Place.Owner, Place.Parent);
        files.MapGet("", List).WithSummary("The household's own sounds");
        files.MapPost("", Upload).WithSummary("A sound file as the body, at most 20 MB and half an hour").ProducesProblem(StatusCodes.Status408RequestTimeout).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        files.MapDelete("/{id:guid}", Remove).WithSummary("Delete a sound; where it plays it ends");
        routes.MapGet("/api/v1/cameras/{id:int}/lullaby/{file:guid}", Content).WithTags("Live").RequirePublisher()
            .WithSummary("The file that is played in the room").Produces(StatusCodes.Status200OK, contentType: "audio/mpeg");
    }

    private static async Task<Ok<IReadOnlyList<LullabyFile>>> List(CurrentMember member, LullabyFiles files, CancellationToken cancel) =>
        TypedResults.Ok(await files.ListAsync(member.HouseholdId, cancel));

    private static async Task<Results<Created<LullabyFile>, ProblemHttpResult>> Upload(
        HttpContext http, CurrentMember member, LullabyFiles files, RateLimits limits, TranscodeBudget budget, LiveOptions live, TimeProvider time,
        CancellationToken cancel, string? name = null)
    {
        if (!limits.TryTake("lullaby", member.AccountId.ToString(CultureInfo.InvariantCulture), UploadsAMinute, TimeSpan.FromMinutes(1)))
        {
            return Problems.Of(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment.", "tooManyRequests");
        }

        if (await files.CountAsync(member.HouseholdId, cancel) >= LullabyFiles.MostPerHousehold)
        {
            return TooMany();
        }

        if (!files.TryBeginUpload(member.HouseholdId))
        {
            return Busy(http);
        }

        try
        {
            return await TakeAsync(http, member, files, budget, live, time, name, cancel);
        }
        finally
        {
            files.EndUpload(member.HouseholdId);
        }
    }

    private static async Task<Results<Created<LullabyFile>, ProblemHttpResult>> TakeAsync(
        HttpContext http, CurrentMember member, LullabyFiles files, TranscodeBudget budget, LiveOptions live, TimeProvider time, string? name,
        CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(UploadPatience, time);
        if (await ReadAsync(http, patience.Token) is not { } body)
        {
            return patience.IsCancellationRequested
                ? Problems.Of(StatusCodes.Status408RequestTimeout, "The file took too long to arrive. Try again nearer to the router.", "tooSlow")
                : Problems.Of(StatusCodes.Status413PayloadTooLarge, "At most 20 MB.", "tooLong");
        }

        using var share = budget.TryTake(TranscodeKind.Clip);
        if (share is null)
        {
            return Busy(http);
        }

        if (await PlayableSound.ToMp3Async(body, Longest, live.FfmpegPath, live.RunAsUser, time, cancel) is not { } sound)
        {
            return Problems.BadRequest("There is no sound in this file that Vigil understands. MP3, M4A, OGG, FLAC and WAV work.", "noSound");
        }

        var seconds = (double)sound.Length / PlayableSound.BytesPerSecond;
        if (seconds > Longest.TotalSeconds + 0.5)
        {
            return Problems.BadRequest("At most half an hour: it is played again from the beginning anyway.", "tooLong");
        }

        var called = StoredText.Cut(string.Concat((name ?? "").Where(letter => !char.IsControl(letter))).Trim(), LongestName).Trim();
        return await files.AddAsync(member.HouseholdId, member.AccountId, called.Length > 0 ? called : "Our sound", seconds, sound, cancel) is { } added
            ? TypedResults.Created((string?)null, added)
            : TooMany();
    }

    private static ProblemHttpResult Busy(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "5";
        return Problems.Of(StatusCodes.Status503ServiceUnavailable, "Vigil is busy. Try again in a moment.", "busy");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(Guid id, CurrentMember member, LullabyFiles files, CancellationToken cancel) =>
        await files.RemoveAsync(member.HouseholdId, id, cancel) ? TypedResults.NoContent() : Problems.NotFound("There is no such sound.");

    private static async Task<IResult> Content(int id, Guid file, HttpContext http, RoomPlayback playback, LullabyFiles files, CancellationToken cancel)
    {
        // A device gets what its own room plays, and nothing else of the household.
        var member = CurrentMember.Of(http);
        var household = CurrentDevice.Of(http)?.HouseholdId ?? member?.HouseholdId ?? 0;
        if ((playback.Of(id).Lullaby?.File != file && member is not { Place: Place.Owner or Place.Parent })
            || await files.ReadAsync(household, file, cancel) is not { } content)
        {
            return Problems.NotFound("There is no such sound.");
        }

        http.Response.Headers.CacheControl = "private, no-store";
        return TypedResults.Bytes(content, "audio/mpeg");
    }

    /// <summary>Null when it is longer than we take, or did not come in time.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext http, CancellationToken patience)
    {
        if (http.Request.ContentLength > LargestUpload)
        {
            return null;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience, http.RequestAborted);
        var body = new byte[(int)(http.Request.ContentLength ?? LargestUpload) + 1];
        try
        {
            var length = await http.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, either.Token);
            return length < body.Length ? body.AsMemory(0, length) : null;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return null;
        }
    }

    private static ProblemHttpResult TooMany() =>
        Problems.Conflict($"There are {LullabyFiles.MostPerHousehold} sounds already. Delete one first.", "tooManySounds");
}
