using Vigil.Protocols.Codecs;
using Vigil.Protocols.WebRtc;

namespace Vigil.Media.WebRtc;

/// <summary>
/// One track of a camera as RTP packets: frames in, packets in a shared ring. Knows no viewer. Fed by one task.
/// </summary>
internal sealed class RtpTrackSource(TrackKind kind)
{
    /// <summary>About 3.5 s of a 5 Mbit/s picture (2.3 MB), or 5 s of sound.</summary>
    private const int VideoPackets = 2048;
    private const int AudioPackets = 256;

    /// <summary>An older group is not shown to newcomers: they would take it for live.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    private TrackFormat? parameterSetsOf;
    private byte[] parameterSets = [];
    private TimeSpan addedAt;
    private TimeSpan measuredFrom;
    private long measuredBytes;

    public TrackKind Kind => kind;

    /// <summary>What the source needs, measured over seconds; 0 before that.</summary>
    public long BitrateBps { get; private set; }

    public PacketRing Ring { get; } = new(kind == TrackKind.Video ? VideoPackets : AudioPackets);

    /// <summary>Number of the first packet of the newest key frame; −1 before one came.</summary>
    public long GroupStart { get; private set; } = -1;

    /// <summary>Running number and RTP time of the newest frame.</summary>
    public PacketFacts Newest { get; private set; }

    /// <summary>Wall-clock time of the newest frame, for sender reports.</summary>
    public DateTimeOffset NewestAt { get; private set; }

    public int ClockRate { get; private set; } = 90_000;

    /// <summary>Whether something came lately.</summary>
    public bool IsLive(TimeSpan now) => now - addedAt < Fresh;

    /// <summary>What is here belongs to a time before a break: nobody may begin with it.</summary>
    public void Interrupt() => GroupStart = -1;

    public void Add(MediaFrame frame, TimeSpan now)
    {
        Measure(frame.Payload.Length, now);
        ClockRate = kind == TrackKind.Video ? 90_000 : frame.Format.ClockRate;
        var facts = new PacketFacts((uint)frame.Pts.ToClock(ClockRate), false, Newest.Frame + 1);
        if (frame.IsKeyFrame)
        {
            GroupStart = Ring.Next;
        }

        Newest = facts;
        NewestAt = frame.WallClock;
        if (kind == TrackKind.Audio)
        {
            if (frame.Payload.Length <= PacketRing.SlotBytes)
            {
                Ring.Add(default, frame.Payload.Span, facts with { Marker = false });
            }

            return;
        }

        if (frame.IsKeyFrame && !StartsWithParameterSets(frame.Payload.Span))
        {
            // A browser that joins here has no other way to learn them (RFC 6184 §8.4).
            H264Packetizer.Packetize(ParameterSets(frame.Format), (Ring, facts), static (state, header, body, _) => state.Ring.Add(header, body, state.facts));
        }

        H264Packetizer.Packetize(
            frame.Payload.Span,
            (Ring, facts),
            static (state, header, body, last) => state.Ring.Add(header, body, state.facts with { Marker = last }));
    }

    private void Measure(int bytes, TimeSpan now)
    {
        var since = now - measuredFrom;
        if (now - addedAt > Fresh)
        {
            measuredFrom = now;
            measuredBytes = 0;
        }
        else if (since >= Fresh)
        {
            BitrateBps = (long)(measuredBytes * 8 / since.TotalSeconds);
            measuredFrom = now;
            measuredBytes = 0;
        }

        addedAt = now;
        measuredBytes += bytes;
    }

    private static bool StartsWithParameterSets(ReadOnlySpan<byte> accessUnit)
    {
        while (accessUnit.Length > 4)
        {
            var type = accessUnit[4] & 0x1F;
            if (type == 7)
            {
                return true;
            }

            if (type is 1 or 5)
            {
                return false;
            }

            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(accessUnit);
            if (length > accessUnit.Length - 4)
            {
                return false;
            }

            accessUnit = accessUnit[(4 + (int)length)..];
        }

        return false;
    }

    /// <summary>SPS and PPS of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1), framed like an access unit.</summary>
    private byte[] ParameterSets(TrackFormat format)
    {
        if (ReferenceEquals(format, parameterSetsOf))
        {
            return parameterSets;
        }

        var config = format.Config.Span;
        using var units = new MemoryStream();
        for (int at = 5, list = 0; list < 2 && at < config.Length; list++)
        {
            var count = list == 0 ? config[at] & 0x1F : config[at];
            at++;
            for (; count > 0 && at + 2 <= config.Length; count--)
            {
                var length = (config[at] << 8) | config[at + 1];
                at += 2;
                if (at + length > config.Length)
                {
                    break;
                }

                units.Write([0, 0, (byte)(length >> 8), (byte)length]);
                units.Write(config.Slice(at, length));
                at += length;
            }
        }

        parameterSetsOf = format;
        return parameterSets = units.ToArray();
    }
}
