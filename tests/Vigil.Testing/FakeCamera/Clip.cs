using System.Buffers.Binary;
using System.Security.Cryptography;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.MpegTs;
using Vigil.Protocols.Rtp;

namespace Vigil.Testing;

/// <summary>One frame of a clip: NAL units of a picture, or one frame of sound. Times are 90 kHz since the clip's first picture.</summary>
public sealed record ClipFrame(TrackKind Kind, long Pts, long Dts, bool IsKeyFrame, IReadOnlyList<ReadOnlyMemory<byte>> Parts);

/// <summary>What to encode.</summary>
public sealed record ClipRecipe
{
    public int Width { get; init; } = 320;

    public int Height { get; init; } = 180;

    public int FramesPerSecond { get; init; } = 25;

    public double Seconds { get; init; } = 4;

    /// <summary>In frames; the clip's length should be a multiple.</summary>
    public int KeyFrameEvery { get; init; } = 25;

    public int BitrateKbps { get; init; } = 400;

    public bool H265 { get; init; }

    public bool Sound { get; init; } = true;

    public int BFrames { get; init; }

    /// <summary>Which of ffmpeg's made-up pictures; much moves in the usual one.</summary>
    public string Picture { get; init; } = "testsrc2";

    /// <summary>A filter behind it, such as a box that comes and goes; null for none.</summary>
    public string? Drawn { get; init; }

    /// <summary>Exactly the bit rate, by filler: what a 4 Mbit/s camera weighs, whatever the picture.</summary>
    public bool Constant { get; init; }
}

/// <summary>A clip encoded once by ffmpeg, kept beside the tests' output, and looped by fake cameras.</summary>
public sealed class Clip
{
    private static readonly SemaphoreSlim OneEncoder = new(1, 1);

    private Clip(TrackFormat video, TrackFormat? audio, IReadOnlyList<ClipFrame> frames, long length, IReadOnlyList<byte[]> parameterSets)
    {
        Video = video;
        Audio = audio;
        Frames = frames;
        Length = length;
        ParameterSets = parameterSets;
    }

    public TrackFormat Video { get; }

    public TrackFormat? Audio { get; }

    /// <summary>In sending order.</summary>
    public IReadOnlyList<ClipFrame> Frames { get; }

    /// <summary>After which the clip begins anew, in 90 kHz.</summary>
    public long Length { get; }

    public IReadOnlyList<byte[]> ParameterSets { get; }

    /// <summary>Encodes, or takes what an earlier run encoded.</summary>
    public static async Task<Clip> MakeAsync(ClipRecipe recipe)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(recipe.ToString())))[..16];
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "clips")).FullName;
        var path = Path.Combine(folder, name + ".ts");
        await OneEncoder.WaitAsync();
        try
        {
            if (!File.Exists(path))
            {
                await EncodeAsync(recipe, path + ".part");
                File.Move(path + ".part", path, overwrite: true);
            }
        }
        finally
        {
            OneEncoder.Release();
        }

        return Read(await File.ReadAllBytesAsync(path), recipe);
    }

    private static async Task EncodeAsync(ClipRecipe recipe, string path)
    {
        var gop = FormattableString.Invariant($"keyint={recipe.KeyFrameEvery}:min-keyint={recipe.KeyFrameEvery}:scenecut=0:bframes={recipe.BFrames}");
        gop += recipe.Constant && !recipe.H265 ? ":nal-hrd=cbr:force-cfr=1" : "";
        var rate = FormattableString.Invariant($"{recipe.BitrateKbps}k");
        List<string> arguments =
        [
            "-v", "error", "-nostdin", "-y",
            "-f", "lavfi", "-i", FormattableString.Invariant($"{recipe.Picture}=size={recipe.Width}x{recipe.Height}:rate={recipe.FramesPerSecond}")
            + (recipe.Drawn is { } drawn ? "," + drawn : ""),
            "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000",
            "-t", FormattableString.Invariant($"{recipe.Seconds}"),
            "-map", "0:v", "-pix_fmt", "yuv420p", "-preset", "ultrafast", "-b:v", rate, "-maxrate", rate, "-bufsize", rate,
            .. recipe.H265
                ? ["-c:v", "libx265", "-x265-params", gop + ":log-level=error"]
                : new[] { "-c:v", "libx264", "-x264-params", gop },
            .. recipe.Sound ? ["-map", "1:a", "-c:a", "aac", "-b:a", "32k", "-ac", "1"] : Array.Empty<string>(),
            "-pes_payload_size", "0", "-omit_video_pes_length", "0", "-f", "mpegts", path,
        ];
        using var ffmpeg = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("ffmpeg", arguments) { RedirectStandardError = true })
            ?? throw new InvalidOperationException("ffmpeg does not start.");
        var errors = await ffmpeg.StandardError.ReadToEndAsync();
        await ffmpeg.WaitForExitAsync();
        if (ffmpeg.ExitCode != 0)
        {
            throw new InvalidOperationException($"ffmpeg could not encode a test clip: {errors}");
        }
    }

    private static Clip Read(byte[] stream, ClipRecipe recipe)
    {
        var demuxer = new TsDemuxer();
        var reader = new AnnexBUnitReader(recipe.H265 ? Codec.H265 : Codec.H264);
        var adts = new AdtsSplitter();
        var frames = new List<ClipFrame>();
        demuxer.Push(stream);
        var units = new List<TsUnit>();
        while (demuxer.TryTake(out var unit))
        {
            units.Add(unit);
        }

        var first = units.First(u => u.StreamType != TsDemuxer.Aac).Dts;
        foreach (var unit in units)
        {
            if (unit.StreamType == TsDemuxer.Aac)
            {
                adts.Push(unit.Payload.Span);
                var at = unit.Pts - first;
                for (; adts.TryTake(out var sound); at += 1024L * 90_000 / adts.Format!.ClockRate)
                {
                    if (at >= 0)
                    {
                        frames.Add(new ClipFrame(TrackKind.Audio, at, at, true, [sound]));
                    }
                }

                continue;
            }

            reader.Push(unit.Payload.Span);
            reader.Flush();
            while (reader.TryTake(out var picture))
            {
                frames.Add(new ClipFrame(TrackKind.Video, unit.Pts - first, unit.Dts - first, picture.IsKeyFrame, Split(picture.Payload)));
            }
        }

        var sets = new List<byte[]>();
        _ = recipe.H265 ? H265Config.TryReadParameterSets(reader.Format!.Config.Span, sets) : H264Config.TryReadParameterSets(reader.Format!.Config.Span, sets);
        var pictures = frames.Count(f => f.Kind == TrackKind.Video);
        var length = pictures * 90_000L / recipe.FramesPerSecond;
        return new Clip(
            reader.Format!, adts.Format, [.. frames.Where(f => f.Dts < length).OrderBy(f => f.Dts)], length, sets);
    }

    private static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> unit)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        while (unit.Length >= 4)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(unit.Span);
            parts.Add(unit.Slice(4, length));
            unit = unit[(4 + length)..];
        }

        return parts;
    }
}
