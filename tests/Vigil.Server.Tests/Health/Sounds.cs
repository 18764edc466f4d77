using System.Diagnostics;
using Vigil.Server.Tests.Architecture;

namespace Vigil.Server.Tests.Health;

/// <summary>Clips of every kind, made by the machine's own ffmpeg from the few that are committed.</summary>
internal static class Sounds
{
    private static readonly string Directory = Path.Combine(Repository.Root, "testdata/hearing");

    public static byte[] Crying => File.ReadAllBytes(Path.Combine(Directory, "cry-1.ogg"));

    public static byte[] Rain => File.ReadAllBytes(Path.Combine(Directory, "rain.ogg"));

    /// <param name="extension">What ffmpeg is to write.</param>
    /// <param name="arguments">Between ffmpeg and the file it writes; `{cry}` and `{rain}` are the committed clips.</param>
    public static async Task<byte[]> MakeAsync(string extension, string arguments)
    {
        var cancel = TestContext.Current.CancellationToken;
        var path = Path.Combine(Path.GetTempPath(), $"vigil-sound-{Guid.NewGuid():N}.{extension}");
        string[] words =
        [
            "-v", "error", "-nostdin",
            .. arguments.Split(' ').Select(word => word.Replace("{cry}", Path.Combine(Directory, "cry-1.ogg"), StringComparison.Ordinal)
                .Replace("{rain}", Path.Combine(Directory, "rain.ogg"), StringComparison.Ordinal)),
            path,
        ];
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", words) { RedirectStandardError = true })!;
        var errors = await ffmpeg.StandardError.ReadToEndAsync(cancel);
        await ffmpeg.WaitForExitAsync(cancel);
        ffmpeg.ExitCode.ShouldBe(0, errors);
        var made = await File.ReadAllBytesAsync(path, cancel);
        File.Delete(path);
        return made;
    }
}
