using System.Text.RegularExpressions;

namespace Vigil.Media.Ingest;

/// <summary>What ffmpeg's parting words mean, for people. Its text itself never leaves: it names addresses.</summary>
internal static partial class FfmpegWords
{
    public static IngestEnd Explain(string errors, StreamRequest request, bool anyUnit)
    {
        var hasPassword = !string.IsNullOrEmpty(request.Username);
        var status = Status().Match(errors).Value;
        return errors switch
        {
            _ when Says("failed to execute") || Says("error while loading shared libraries") => new(
                FeedFailure.IngestCrashed, "ffmpeg does not run on the machine that Vigil runs on: ./vigil up says what is missing."),
            _ when status == "401" || Says("Unauthorized") => new(
                FeedFailure.WrongPassword,
                hasPassword ? "The camera refuses this user name and password." : "The camera asks for a user name and a password."),
            _ when status == "403" || Says("Forbidden") => new(FeedFailure.WrongPassword, "The camera refuses this user name and password."),
            _ when status == "404" || Says("Not Found") => new(FeedFailure.NoSuchStream, "The camera has no such stream: check the path of the address."),
            _ when Says("Connection refused") || Says("timed out") || Says("No route") || Says("unreachable") => new(
                FeedFailure.NoAnswer, "No answer from the camera."),
            _ when Says("Invalid data found") => new(FeedFailure.NotACamera, "What answers there sends no video that ffmpeg understands."),
            _ when Says("does not contain any stream") => new(FeedFailure.UnsupportedCodec, "The address has neither video nor sound."),
            _ when Says("Could not find tag") || Says("codec") => new(FeedFailure.UnsupportedCodec, "The camera sends a codec that Vigil cannot carry."),
            _ when !anyUnit => new(FeedFailure.NotACamera, "What answers there sends nothing that ffmpeg understands."),
            _ => new(FeedFailure.NoAnswer, "The camera's stream ended."),
        };

        bool Says(string words) => errors.Contains(words, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A number of its own: ffmpeg also says where in memory it was, and 0x55d4013 is no refusal.</summary>
    [GeneratedRegex(@"\b40[134]\b")]
    private static partial Regex Status();
}
