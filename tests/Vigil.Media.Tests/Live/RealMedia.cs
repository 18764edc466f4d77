using System.Buffers;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Tests.Live;

/// <summary>Real frames, made once by ffmpeg: small H.264 pictures at 25 a second with a key frame a second, and AAC.</summary>
internal static class RealMedia
{
    private static readonly Lazy<Task<List<MediaFrame>>> Pictures = new(MakePicturesAsync);
    private static readonly Lazy<Task<List<MediaFrame>>> Sounds = new(MakeSoundAsync);

    /// <summary>Four seconds.</summary>
    public static Task<List<MediaFrame>> PicturesAsync() => Pictures.Value;

    public static Task<List<MediaFrame>> SoundAsync() => Sounds.Value;

    /// <summary>Both, in the order in which a camera would send them.</summary>
    public static async Task<List<MediaFrame>> BothAsync() => [.. (await PicturesAsync()).Concat(await SoundAsync()).OrderBy(frame => frame.Dts)];

    /// <summary>The same frame at another time.</summary>
    public static MediaFrame At(this MediaFrame frame, TimeSpan later) => new()
    {
        Format = frame.Format,
        Pts = frame.Pts + later,
        Dts = frame.Dts + later,
        IsKeyFrame = frame.IsKeyFrame,
        WallClock = frame.WallClock + later,
        Payload = frame.Payload,
    };

    public static async Task<byte[]> RunAsync(string program, string[] arguments, byte[]? input = null)
    {
        await using var child = await ChildProcess.StartAsync(new ChildCommand { Program = program, Arguments = arguments }, TimeProvider.System);
        var writing = WriteAsync(child, input);
        using var output = new MemoryStream();
        await child.Output.CopyToAsync(output, TestContext.Current.CancellationToken);
        await writing;
        (await child.Exited).ShouldBe(0, child.Errors);
        child.Errors.ShouldBeEmpty();
        return output.ToArray();
    }

    private static async Task WriteAsync(ChildProcess child, byte[]? input)
    {
        if (input is not null)
        {
            await child.Input.WriteAsync(input, TestContext.Current.CancellationToken);
        }

        child.CloseInput();
    }

    private static async Task<List<MediaFrame>> MakePicturesAsync()
    {
        var stream = await RunAsync("ffmpeg", [
            "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25:duration=4", "-c:v", "libx264", "-preset", "ultrafast",
            "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "25", "-x264-params", "aud=1:scenecut=0:sliced-threads=0", "-f", "h264", "pipe:1"]);
        var units = new List<List<byte[]>>();
        foreach (var nal in AnnexB.Split(stream))
        {
            if (H264Nal.TypeOf(nal[0]) == 9)
            {
                units.Add([]);
            }

            units[^1].Add(nal.ToArray());
        }

        var format = H264Config.ToFormat(
            [.. units[0].Where(nal => H264Nal.TypeOf(nal[0]) == 7)], [.. units[0].Where(nal => H264Nal.TypeOf(nal[0]) == 8)])!;
        return [.. units.Select((nals, number) =>
        {
            var payload = new ArrayBufferWriter<byte>();
            foreach (var nal in nals.Where(nal => H264Nal.TypeOf(nal[0]) is 1 or 5 or 6))
            {
                payload.Write(new byte[] { 0, (byte)(nal.Length >> 16), (byte)(nal.Length >> 8), (byte)nal.Length });
                payload.Write(nal);
            }

            return Frame(format, MediaTime.FromClock(number * 3600, 90_000), nals.Any(nal => H264Nal.TypeOf(nal[0]) == 5), payload.WrittenMemory);
        })];
    }

    private static async Task<List<MediaFrame>> MakeSoundAsync()
    {
        var stream = await RunAsync("ffmpeg", [
            "-v", "error", "-f", "lavfi", "-i", "sine=440:sample_rate=16000:duration=4", "-c:a", "aac", "-b:a", "32k", "-f", "adts", "pipe:1"]);
        var splitter = new AdtsSplitter();
        splitter.Push(stream);
        var frames = new List<MediaFrame>();
        while (splitter.TryTake(out var payload))
        {
            frames.Add(Frame(splitter.Format!, MediaTime.FromClock(frames.Count * 1024, 16_000), true, payload));
        }

        return frames;
    }

    private static MediaFrame Frame(TrackFormat format, MediaTime time, bool key, ReadOnlyMemory<byte> payload) => new()
    {
        Format = format,
        Pts = time,
        Dts = time,
        IsKeyFrame = key,
        WallClock = DateTimeOffset.UnixEpoch.AddTicks(time.Ticks),
        Payload = payload,
    };
}
