using System.Buffers.Binary;
using Vigil.Media.Live;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Recording;

/// <summary>
/// How a clip's sound will stand in its export: mono AAC in frames of one size, each filled up to the most that a frame may have. So the
/// number of frames, and with it the export's tables and its length, follow from the clip's duration alone, and the export can be read
/// while its sound is being encoded.
/// </summary>
internal sealed class ExportSound
{
    /// <summary>Samples in a frame. The first frame is the encoder's delay, which the edit list trims.</summary>
    public const int FrameSamples = 1024;

    /// <summary>In the file, whatever the encoder needed.</summary>
    public const int FrameBytes = AacFrame.MostMonoBytes;

    /// <summary>Sound of this many samples a second or fewer came over a telephone's codec, and more of them would hold no more.</summary>
    private const int TelephoneRate = 16_000;
    private const int WideRate = 32_000;

    private const int MostAtOnce = 64;

    private ExportSound(int rate, TimeSpan duration)
    {
        Format = AudioSpecificConfig.ToFormat(AudioSpecificConfig.Build(2, rate, 1))!;
        Frames = (int)(MediaTime.Zero + duration).ToClock(rate) / FrameSamples + 2;
    }

    public TrackFormat Format { get; }

    /// <summary>To the clip's end and not less: what the encoder does not give is silence.</summary>
    public int Frames { get; }

    public long Length => (long)Frames * FrameBytes;

    public static ExportSound Of(ClipFile clip) => new(clip.SoundFormats.All(IsTelephone) ? TelephoneRate : WideRate, clip.Duration);

    private static bool IsTelephone(TrackFormat format) =>
        format is { Codec: Codec.Opus, Config: { Length: >= 8 } box } && BinaryPrimitives.ReadUInt32BigEndian(box.Span[4..]) is > 0 and <= TelephoneRate;

    /// <summary>
    /// Encodes all of <paramref name="sound"/>. Fails with an <see cref="IOException"/>. The same sound gives the same bytes.
    /// </summary>
    public async Task EncodeAsync(ClipFile sound, GrowingFile into, LiveOptions options, TimeProvider time, CancellationToken cancel)
    {
        var splitter = new AdtsSplitter();
        var padded = new byte[MostAtOnce * FrameBytes];
        var frames = 0;
        await ClipEncoder.RunAsync(
            sound,
            [
                // Holes become silence, also one before the sound begins, and the first sample is the clip's first moment.
                "-copyts", "-i", "pipe:0", "-map", "0:a:0", "-af", FormattableString.Invariant($"aresample={Format.ClockRate}:async=1:first_pts=0"),
                // On average half of the room is used. The fast search takes a third of the time.
                "-ac", "1", "-c:a", "aac", "-aac_coder", "fast", "-b:a", FormattableString.Invariant($"{Format.ClockRate * 3}"),
                "-flags:a", "+bitexact", "-f", "adts", "pipe:1",
            ],
            TakeAsync,
            options,
            time,
            cancel);
        if (frames == 0)
        {
            throw new IOException("ffmpeg found no sound.");
        }

        AacFrame.TryPad(AacFrame.MonoSilence, padded.AsSpan(0, FrameBytes));
        for (; frames < Frames; frames++)
        {
            await into.AppendAsync(padded.AsMemory(0, FrameBytes), cancel);
        }

        async ValueTask TakeAsync(ReadOnlyMemory<byte> bytes)
        {
            splitter.Push(bytes.Span);
            int taken;
            do
            {
                for (taken = 0; taken < MostAtOnce && frames < Frames && splitter.TryTake(out var frame); taken++, frames++)
                {
                    if (!AacFrame.TryPad(frame.Span, padded.AsSpan(taken * FrameBytes, FrameBytes)) || !splitter.Format!.Equals(Format))
                    {
                        throw new IOException($"ffmpeg made a frame of {frame.Length} bytes of {splitter.Format!.CodecString} that is none of ours.");
                    }
                }

                if (taken > 0)
                {
                    await into.AppendAsync(padded.AsMemory(0, taken * FrameBytes), cancel);
                }
            }
            while (taken == MostAtOnce);
        }
    }
}
