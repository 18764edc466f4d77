using System.Buffers;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Live;

/// <summary>Video frames as the byte stream that ffmpeg's raw demuxers read.</summary>
internal sealed class PictureInput
{
    private static ReadOnlySpan<byte> StartCode => [0, 0, 0, 1];

    private static ReadOnlySpan<byte> H264Delimiter => [0, 0, 0, 1, 0x09, 0xF0];

    private static ReadOnlySpan<byte> H265Delimiter => [0, 0, 0, 1, 0x46, 0x01, 0x50];

    private readonly ArrayBufferWriter<byte> buffer = new(64 * 1024);

    /// <summary>The <c>-f</c> for this codec; null when it needs none of this (JPEG) or is no picture.</summary>
    public static string? FormatName(Codec codec) => codec switch
    {
        Codec.H264 => "h264",
        Codec.H265 => "hevc",
        _ => null,
    };

    /// <summary>
    /// The frame with start codes, parameter sets first at key frames, and an access unit delimiter behind it: the parser knows the end of a
    /// picture only by the beginning of the next, and would hold every one back until then. Valid until the next call.
    /// </summary>
    public ReadOnlyMemory<byte> Write(MediaFrame frame)
    {
        buffer.ResetWrittenCount();
        if (frame.IsKeyFrame)
        {
            var sets = new List<byte[]>();
            _ = frame.Format.Codec == Codec.H264
                ? H264Config.TryReadParameterSets(frame.Format.Config.Span, sets)
                : H265Config.TryReadParameterSets(frame.Format.Config.Span, sets);
            foreach (var set in sets)
            {
                buffer.Write(StartCode);
                buffer.Write(set);
            }
        }

        if (!AnnexB.FromLengthPrefixed(frame.Payload.Span, buffer))
        {
            return default;
        }

        var delimiter = frame.Format.Codec == Codec.H264 ? H264Delimiter : H265Delimiter;
        buffer.Write(delimiter);
        return buffer.WrittenMemory;
    }
}
