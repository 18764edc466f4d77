using System.Globalization;
using System.Text.RegularExpressions;

namespace Vigil.Media.Recording;

/// <summary>Names of segment files: camera id and UTC time, nothing that anybody typed.</summary>
internal static partial class SegmentPath
{
    /// <summary><c>7/2026-11-21/094200_123.mp4</c>; <paramref name="attempt"/> above 0 when that name is taken (the clock was set back).</summary>
    public static string For(int cameraId, DateTimeOffset start, int attempt)
    {
        var utc = start.UtcDateTime;
        var suffix = attempt == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"_{attempt}");
        return string.Create(CultureInfo.InvariantCulture, $"{cameraId}/{utc:yyyy-MM-dd}/{utc:HHmmss_fff}{suffix}.mp4");
    }

    public static bool TryParse(string path, out int cameraId)
    {
        var match = Pattern().Match(path);
        cameraId = 0;
        return match.Success && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out cameraId);
    }

    /// <summary>Also tells when the file was begun.</summary>
    public static bool TryParse(string path, out int cameraId, out DateTimeOffset start)
    {
        start = default;
        return TryParse(path, out cameraId) && DateTimeOffset.TryParseExact(
            path.AsSpan(path.IndexOf('/', StringComparison.Ordinal) + 1, "2026-11-21/094200_123".Length), "yyyy-MM-dd/HHmmss_fff",
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out start);
    }

    /// <summary>The directories whose entries a new file of this path may have changed, the deepest first; <c>""</c> is the root.</summary>
    public static IReadOnlyList<string> Directories(string path)
    {
        var day = path[..path.LastIndexOf('/')];
        return [day, day[..day.LastIndexOf('/')], ""];
    }

    [GeneratedRegex(@"^(\d{1,9})/\d{4}-\d\d-\d\d/\d{6}_\d{3}(_\d{1,4})?\.mp4$")]
    private static partial Regex Pattern();
}
