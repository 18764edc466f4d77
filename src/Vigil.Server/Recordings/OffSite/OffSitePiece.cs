using System.Globalization;

namespace Vigil.Server.Recordings.OffSite;

/// <summary>Six hours of a recording, or its rest: one file in the second directory. Pure.</summary>
public sealed record OffSitePiece(long HouseholdId, int CameraId, Guid RecordingId, int Number, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>The tables of a longer file take much memory, and a longer copy is more to lose.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(6);

    /// <summary>Below the directory: ids and dates, nothing that somebody typed.</summary>
    public string Path => string.Create(
        CultureInfo.InvariantCulture, $"{HouseholdId}/{CameraId}/{From.UtcDateTime:yyyy-MM}/{From.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{RecordingId:N}-{Number + 1:00}.mp4");

    /// <summary>All of a recording, in order; one of no length for a recording of no length.</summary>
    public static IEnumerable<OffSitePiece> Of(long householdId, int cameraId, Guid recordingId, DateTimeOffset from, DateTimeOffset to)
    {
        var number = 0;
        do
        {
            var end = to - from > Longest ? from + Longest : to;
            yield return new OffSitePiece(householdId, cameraId, recordingId, number++, from, end);
            from = end;
        }
        while (from < to);
    }
}
