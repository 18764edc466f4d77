using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>
/// Access units from a raw H.264 or H.265 byte stream (annex B), as ffmpeg writes with <c>-f h264</c>. The stream has no clock:
/// <see cref="AccessUnit.Timestamp"/> counts units. A unit is complete when the next begins, or at <see cref="Flush"/>.
/// </summary>
public sealed class AnnexBUnitReader
{
    private readonly NalDepacketizer units;
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int scanned;
    private int end;
    private long number;

    public AnnexBUnitReader(Codec codec)
    {
        var description = new RtpTrackDescription { Codec = codec, PayloadType = 96, ClockRate = 90_000 };
        units = codec switch
        {
            Codec.H264 => new H264Depacketizer(description),
            Codec.H265 => new H265Depacketizer(description),
            _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "Only H.264 and H.265 have a byte stream format."),
        };
    }

    public TrackFormat? Format => units.Format;

    public DepacketizerStats Stats => units.Stats;

    public void Push(ReadOnlySpan<byte> bytes)
    {
        MakeRoom(bytes.Length);
        bytes.CopyTo(buffer.AsSpan(end));
        end += bytes.Length;
        while (true)
        {
            // Two bytes of a start code may have come before.
            var from = Math.Max(start, scanned - 2);
            var code = AnnexB.IndexOfStartCode(buffer.AsSpan(from, end - from));
            if (code < 0)
            {
                break;
            }

            Accept(buffer.AsSpan(start, from + code - start));
            start = from + code + 3;
            scanned = start;
        }

        scanned = end;
        if (end - start > RtpLimits.MaxAccessUnitBytes)
        {
            start = end; // No NAL unit is so long: garbage.
        }
    }

    public bool TryTake(out AccessUnit unit)
    {
        if (!units.TryTake(out unit))
        {
            return false;
        }

        unit = unit with { Timestamp = number++ };
        return true;
    }

    /// <summary>The stream ended, or its last unit is known to be whole.</summary>
    public void Flush()
    {
        Accept(buffer.AsSpan(start, end - start));
        start = end;
        units.Flush();
    }

    private void Accept(ReadOnlySpan<byte> nal) => units.AcceptNal(nal.TrimEnd((byte)0));

    private void MakeRoom(int more)
    {
        if (end + more <= buffer.Length)
        {
            return;
        }

        var waiting = buffer.AsSpan(start, end - start);
        if (waiting.Length + more > buffer.Length / 2)
        {
            var larger = new byte[(waiting.Length + more) * 2];
            waiting.CopyTo(larger);
            buffer = larger;
        }
        else
        {
            waiting.CopyTo(buffer);
        }

        scanned -= start;
        end -= start;
        start = 0;
    }
}
