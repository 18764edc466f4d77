using System.Diagnostics;
using System.Globalization;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Mp4;

namespace Vigil.Testing;

/// <summary>
/// Real pictures and sound as a camera would send them: encoded by ffmpeg, read with our MP4 reader, in order of decoding time. Media
/// time starts at 0, capture time at <see cref="Epoch"/>.
/// </summary>
public static class SampleFootage
{
    public static readonly DateTimeOffset Epoch = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    /// <summary>ffmpeg's options for a picture with a counter-like pattern: 320×240, 25 pictures a second, a key frame each second.</summary>
    public const string H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -keyint_min 25 -sc_threshold 0 -b:v 300k";
    public const string H264WithBFrames = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -g 25 -keyint_min 25 -sc_threshold 0 -bf 2 -b:v 300k";
    public const string H265 = "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:min-keyint=25 -tag:v hvc1 -b:v 300k";
    public const string Mjpeg = "-c:v mjpeg -q:v 8";
    public const string Aac = "-c:a aac -ar 16000 -ac 1 -b:a 32k";
    public const string Opus = "-c:a libopus -ar 48000 -ac 1 -b:a 24k";

    /// <summary>Encodes. <paramref name="audio"/> is null for a camera without a microphone.</summary>
    public static IReadOnlyList<MediaFrame> Make(
        double seconds, string video = H264, string? audio = Aac, string size = "320x240", int framesPerSecond = 25)
    {
        var path = Path.Combine(Path.GetTempPath(), $"footage-{Guid.NewGuid():N}.mp4");
        Encode(path, seconds, video, audio, size, framesPerSecond);
        try
        {
            return Read(File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Encodes to a fragmented MP4 at <paramref name="path"/>.</summary>
    public static void Encode(
        string path, double seconds, string video = H264, string? audio = Aac, string size = "320x240", int framesPerSecond = 25)
    {
        var length = seconds.ToString(CultureInfo.InvariantCulture);
        var sound = audio is null ? "" : $"-f lavfi -i sine=frequency=440:sample_rate=48000:duration={length}";
        Run("ffmpeg", $"-v error -nostdin -y -f lavfi -i testsrc2=s={size}:r={framesPerSecond}:d={length} {sound} {video} {audio} "
            + $"-movflags +frag_keyframe+empty_moov+default_base_moof -f mp4 {path}");
    }

    /// <summary>The frames of a fragmented MP4 in order of decoding time.</summary>
    public static IReadOnlyList<MediaFrame> Read(ReadOnlyMemory<byte> file)
    {
        IReadOnlyList<Mp4Track> tracks = [];
        var frames = new List<MediaFrame>();
        var at = 0;
        while (at < file.Length && Mp4Box.TryParse(file.Span[at..], out var box) == Mp4Error.None)
        {
            var bytes = file.Slice(at, (int)box.Size);
            if (box.Type == Mp4Box.Moov)
            {
                Expect(Mp4InitReader.TryParse(bytes.Span, out tracks));
            }
            else if (box.Type == Mp4Box.Moof)
            {
                Expect(Mp4FragmentReader.TryParse(bytes.Span, tracks, out var index));
                foreach (var part in index!.Tracks)
                {
                    Add(frames, tracks.Single(t => t.Id == part.TrackId).Format, part, file[at..]);
                }
            }

            at += (int)box.Size;
        }

        return [.. frames.OrderBy(f => f.Dts.Ticks)];
    }

    /// <summary>The same frames later: media time and capture time both move.</summary>
    public static MediaFrame Shift(MediaFrame frame, TimeSpan by, TrackFormat? format = null) => new()
    {
        Format = format ?? frame.Format,
        Pts = frame.Pts + by,
        Dts = frame.Dts + by,
        IsKeyFrame = frame.IsKeyFrame,
        WallClock = frame.WallClock + by,
        Payload = frame.Payload,
    };

    /// <summary>The same frame, taken in under a wall clock that was set.</summary>
    public static MediaFrame SetClock(MediaFrame frame, TimeSpan by) => new()
    {
        Format = frame.Format,
        Pts = frame.Pts,
        Dts = frame.Dts,
        IsKeyFrame = frame.IsKeyFrame,
        WallClock = frame.WallClock + by,
        Payload = frame.Payload,
    };

    /// <summary>Runs a program and returns what it printed; throws with its complaints when it fails.</summary>
    public static string Run(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var complaints = errors.GetAwaiter().GetResult();
        return process.ExitCode == 0
            ? output + complaints
            : throw new InvalidOperationException($"{program} {arguments}\n{complaints}");
    }

    private static void Add(List<MediaFrame> frames, TrackFormat format, FragmentTrack part, ReadOnlyMemory<byte> fragment)
    {
        var time = part.BaseDecodeTime ?? 0;
        var at = part.DataOffset;
        foreach (var sample in part.Samples)
        {
            var pts = MediaTime.FromClock(time + sample.CompositionOffset, format.ClockRate);
            frames.Add(new MediaFrame
            {
                Format = format,
                Dts = MediaTime.FromClock(time, format.ClockRate),
                Pts = pts,
                IsKeyFrame = sample.IsSync,
                WallClock = Epoch + (pts - MediaTime.Zero),
                Payload = fragment.Slice(at, sample.Size),
            });
            at += sample.Size;
            time += sample.Duration;
        }
    }

    private static void Expect(Mp4Error error)
    {
        if (error != Mp4Error.None)
        {
            throw new InvalidOperationException($"ffmpeg's file could not be read: {error}.");
        }
    }
}
