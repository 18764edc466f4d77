using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Vigil.EndToEnd.Tests.Machine;

/// <summary>What somebody else's tools (ffprobe, ffmpeg) say about a file.</summary>
internal static class MediaFile
{
    public static async Task<(string? Video, string? Audio, TimeSpan Duration)> Read(string file)
    {
        var json = JsonNode.Parse(await Output("ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", file))!;
        var streams = json["streams"]!.AsArray();
        return (
            Codec("video"),
            Codec("audio"),
            TimeSpan.FromSeconds(double.Parse((string)json["format"]!["duration"]!, CultureInfo.InvariantCulture)));

        string? Codec(string type) => (string?)streams.FirstOrDefault(s => (string?)s!["codec_type"] == type)?["codec_name"];
    }

    /// <summary>How far into the file the first sound above half of full scale is.</summary>
    public static async Task<TimeSpan> FirstNoise(string file)
    {
        // Decoded to samples on the file's own timeline: what a player plays when.
        using var ffmpeg = Start("ffmpeg", "-v", "error", "-i", file, "-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", "8000", "-f", "s16le", "-");
        using var pcm = new MemoryStream();
        var errors = ffmpeg.StandardError.ReadToEndAsync();
        await ffmpeg.StandardOutput.BaseStream.CopyToAsync(pcm);
        await ffmpeg.WaitForExitAsync();
        (await errors).ShouldBeEmpty("Every second of the clip must decode.");
        var bytes = pcm.ToArray();
        for (var i = 0; i + 1 < bytes.Length; i += 2)
        {
            if (Math.Abs((int)BitConverter.ToInt16(bytes, i)) > 16_000)
            {
                return TimeSpan.FromSeconds(i / 2 / 8000d);
            }
        }

        throw new InvalidOperationException($"{file} is quiet all through its {bytes.Length / 16_000} seconds.");
    }

    private static async Task<string> Output(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, await errors);
        return output;
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }
}
