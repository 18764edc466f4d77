using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Vigil.Media.Recording;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>What somebody wants as one MP4 file.</summary>
internal sealed record FootageWish
{
    public required int CameraId { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>The name to save it under; null for playing in the page.</summary>
    public string? SaveAs { get; init; }

    /// <summary>The sound as AAC whatever it was: telephones play nothing else in MP4.</summary>
    public bool AacSound { get; init; }
}

/// <summary>Any range of a camera's footage as one MP4 file, put together while it is read, also while it grows.</summary>
public sealed class FootageFiles(SegmentIndex index, CameraAccess access, CameraLeases leases, PlayableClips playable, OpenClips clips)
{
    /// <summary>No group of pictures is longer.</summary>
    private static readonly TimeSpan LongestGroup = TimeSpan.FromHours(6);

    /// <summary>The tables of a longer file would take more memory than a small machine has.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(25);

    /// <summary>
    /// The part of the wish that the member may see: of several windows, the first that has any of it. The caller has checked that the
    /// camera exists for them.
    /// </summary>
    internal async Task<IResult> AnswerAsync(HttpContext http, CurrentMember member, FootageWish wish, CancellationToken cancel)
    {
        if ((wish.SaveAs is not null || wish.AacSound) && access.Check(member, wish.CameraId, CameraNeed.Download) != CameraAnswer.Allowed)
        {
            return CameraAccessEndpoints.Refused(http, wish.CameraId);
        }

        if (wish.To - wish.From > Longest)
        {
            return Problems.BadRequest("At most 25 hours at once.", "tooLong");
        }

        if (access.Footage(member, wish.CameraId, wish.From, wish.To) is not [var (from, to), ..])
        {
            return Nothing();
        }

        leases.Hold(http, member, wish.CameraId, CameraNeed.View);
        var segments = await index.FindAsync(member.HouseholdId, wish.CameraId, from, to, cancel);
        // A player asks for many parts of a clip, and all must be parts of one file: while it grows, the address says how far it goes.
        // Who asks for the whole gets it in one answer, as far as it goes.
        if (Snapshot.TryParse(http.Request.Query, out var snapshot))
        {
            segments = snapshot.Of(segments);
        }
        else if (http.Request.Headers.Range.Count > 0 && segments is [.., { Open: true } newest] && newest.End < to)
        {
            // A player sends no headers: the household, the signature and the range stay in the address.
            var query = new QueryBuilder(http.Request.Query.SelectMany(q => q.Value, (q, value) => KeyValuePair.Create(q.Key, value ?? "")))
            {
                { "until", newest.End.UtcTicks.ToString(CultureInfo.InvariantCulture) },
                { "bytes", newest.Bytes.ToString(CultureInfo.InvariantCulture) },
            };
            return TypedResults.Redirect(http.Request.Path + query.ToString());
        }

        var (busy, opened) = await clips.OpenAsync(segments, from, to, Earliest(member, wish.CameraId, from), cancel);
        if (opened is not { } clip)
        {
            return busy ? Busy(http, 2, "The server is opening other footage. Try again in a moment.") : Nothing();
        }

        http.Response.Headers.CacheControl = "private, no-cache";
        return await StreamAsync(http, clip, wish, cancel);
    }

    /// <summary>From when on the member may have the pictures that a decoder needs for the one at <paramref name="at"/>.</summary>
    private DateTimeOffset Earliest(CurrentMember member, int cameraId, DateTimeOffset at) =>
        access.Footage(member, cameraId, at - LongestGroup, at.AddTicks(1)) is [.., var window] ? window.From : at;

    private static ProblemHttpResult Busy(HttpContext http, int seconds, string why)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Problems.Of(StatusCodes.Status503ServiceUnavailable, why, "busy");
    }

    private static ProblemHttpResult Nothing() => Problems.NotFound("There is no footage of this time, or not yet.");

    /// <summary>In a form that browsers play: JPEG pictures become H.264, everything else goes as it is.</summary>
    private async Task<IResult> StreamAsync(HttpContext http, OpenClip opened, FootageWish wish, CancellationToken cancel)
    {
        var clip = opened.File;
        if (!clip.IsJpeg && !(wish.AacSound && clip.NeedsAac))
        {
            return Answer(new ClipStream(opened), clip.ETag, wish.SaveAs);
        }

        http.Response.RegisterForDispose(opened);
        switch (await playable.OpenAsync(clip, opened.Share, cancel))
        {
            case (PlayableResult.Busy, _):
                return Busy(http, 5, "The server has no room to make this clip playable at the moment.");
            case (_, { } made) when clip.IsJpeg:
                return Answer(new ClipStream(made), $"{clip.ETag[..^1]}-h264\"", wish.SaveAs);
            case (_, { } made):
                http.Response.RegisterForDispose(made);
                var exported = clip.WithSound(made);
                return Answer(new ClipStream(exported), exported.ETag, wish.SaveAs);
            default:
                return Answer(new ClipStream(opened), clip.ETag, wish.SaveAs);
        }
    }

    private static FileStreamHttpResult Answer(Stream clip, string tag, string? name) =>
        TypedResults.Stream(clip, "video/mp4", name, entityTag: new EntityTagHeaderValue(tag), enableRangeProcessing: true);

    internal static string FileName(string? camera, DateTimeOffset at, string zone) =>
        $"{Safe(camera ?? "camera")}_{TimeZoneInfo.ConvertTime(at, TimeZones.Find(zone)).ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}.mp4";

    internal static string FileName(string recording) => Safe(recording) + ".mp4";

    private static string Safe(string name) => new([.. name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '_').Take(100)]);

    /// <summary>How far a growing clip went when it was first asked for. Only ever made by ourselves, so not part of the described API.</summary>
    private readonly record struct Snapshot(DateTimeOffset Until, long Bytes)
    {
        public static bool TryParse(IQueryCollection query, out Snapshot snapshot)
        {
            snapshot = default;
            if (!long.TryParse(query["until"], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) || ticks > DateTimeOffset.MaxValue.Ticks
                || !long.TryParse(query["bytes"], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            {
                return false;
            }

            snapshot = new Snapshot(new DateTimeOffset(ticks, TimeSpan.Zero), bytes);
            return true;
        }

        /// <summary>As the segments were then: none that began later, and no more of the last one.</summary>
        public IReadOnlyList<SegmentRecord> Of(IReadOnlyList<SegmentRecord> segments)
        {
            var (until, bytes) = this;
            var then = segments.Where(s => s.Start < until).ToList();
            if (then.Count > 0 && then[^1].Bytes > bytes)
            {
                then[^1] = then[^1] with { Bytes = bytes, Ended = SegmentEnd.Open };
            }

            return then;
        }
    }
}
