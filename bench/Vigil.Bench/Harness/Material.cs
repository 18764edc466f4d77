using System.Diagnostics;

namespace Vigil.Bench.Harness;

/// <summary>Encoded test material, made once with ffmpeg and kept.</summary>
public static class Material
{
    /// <summary>Ten seconds of 1080p25 H.264 at 4 Mbit/s, a key frame every two seconds, Annex B with access unit delimiters.</summary>
    public static Task<string> Video1080(BenchRun run) => Make(run, "1080p25-4M.h264",
        "-f lavfi -i testsrc2=size=1920x1080:rate=25,noise=alls=12:allf=t -t 10 -c:v libx264 -preset veryfast -profile:v high -bf 0 "
        + "-b:v 4M -minrate 4M -maxrate 4M -bufsize 2M -x264-params nal-hrd=cbr:keyint=50:scenecut=0:aud=1 -f h264");

    /// <summary>Ten seconds of AAC-LC, 48 kHz mono, 64 kbit/s, as ADTS.</summary>
    public static Task<string> Aac(BenchRun run) => Make(run, "aac-48k-mono.aac",
        "-f lavfi -i sine=frequency=330:sample_rate=48000 -t 10 -ac 1 -c:a aac -b:a 64k -f adts");

    /// <summary>Two seconds of a small picture, for cameras that are only listened to.</summary>
    public static Task<string> Small(BenchRun run) => Make(run, "320x180p25.h264",
        "-f lavfi -i testsrc2=size=320x180:rate=25 -t 2 -c:v libx264 -preset veryfast -bf 0 -b:v 100k -x264-params keyint=50:scenecut=0:aud=1 -f h264");

    /// <summary>A room that is quiet for a while, then the clip three times, then quiet again: AAC-LC, 48 kHz mono, as ADTS.</summary>
    public static Task<string> Nursery(BenchRun run, string name, string clip, int quietMilliseconds) => Make(run, $"nursery-{name}-{quietMilliseconds}.aac",
        $"-f lavfi -t {quietMilliseconds}ms -i anoisesrc=r=48000:a=0.001 -i {clip} -i {clip} -i {clip} -f lavfi -t 60 -i anoisesrc=r=48000:a=0.001 "
        + "-filter_complex [1]aresample=48000[a];[2]aresample=48000[b];[3]aresample=48000[c];[0][a][b][c][4]concat=n=5:v=0:a=1 -ac 1 -ar 48000 -c:a aac -b:a 96k -f adts");

    /// <summary>Frames in <see cref="Counted1080"/>; then the counter begins again.</summary>
    public const int CountedFrames = 500;

    /// <summary>
    /// As <see cref="Video1080"/>, twenty seconds long, and the top 96 lines are sixteen blocks, black or white: the number of the frame
    /// in binary, its highest bit on the left.
    /// </summary>
    public static async Task<string> Counted1080(BenchRun run)
    {
        var bits = Path.Combine(run.Cache, "counter.gray");
        await File.WriteAllBytesAsync(
            bits,
            [.. Enumerable.Range(0, CountedFrames).SelectMany(number => Enumerable.Range(0, 16).Select(bit => (byte)((number >> (15 - bit) & 1) * 255)))],
            run.Cancel);
        return await Make(run, "1080p25-4M-counted.h264",
            "-f lavfi -i testsrc2=size=1920x1080:rate=25,noise=alls=12:allf=t "
            + $"-f rawvideo -pixel_format gray -video_size 16x1 -framerate 25 -i {bits} "
            + "-filter_complex [1:v]scale=1920:96:flags=neighbor,format=yuv420p[c];[0:v][c]overlay=0:0 "
            + "-t 20 -c:v libx264 -preset veryfast -profile:v high -bf 0 -pix_fmt yuv420p "
            + "-b:v 4M -minrate 4M -maxrate 4M -bufsize 2M -x264-params nal-hrd=cbr:keyint=50:scenecut=0:aud=1 -f h264");
    }

    private static async Task<string> Make(BenchRun run, string name, string arguments)
    {
        var path = Path.Combine(run.Cache, name);
        if (File.Exists(path))
        {
            return path;
        }

        run.Say($"encoding {name} (once)");
        var unfinished = path + ".part";
        var start = new ProcessStartInfo("ffmpeg", $"-v error -nostdin -y {arguments} {unfinished}");
        using var ffmpeg = Process.Start(start) ?? throw new InvalidOperationException("ffmpeg did not start.");
        await ffmpeg.WaitForExitAsync(run.Cancel);
        if (ffmpeg.ExitCode != 0)
        {
            throw new InvalidOperationException($"ffmpeg ended with {ffmpeg.ExitCode} while it made {name}.");
        }

        File.Move(unfinished, path);
        return path;
    }
}
