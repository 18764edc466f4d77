using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Mp4;

/// <summary>
/// One sample of a track: the bytes as they stand in <c>mdat</c> (framed as documented at <see cref="Codec"/>), its duration and
/// its composition offset (presentation − decoding time, may be negative), both in ticks of the track's clock.
/// </summary>
public readonly record struct Mp4Sample(ReadOnlyMemory<byte> Payload, uint Duration, int CompositionOffset, bool IsSync);

/// <summary>The samples of one track in one fragment, in decoding order.</summary>
public readonly record struct TrackSamples
{
    /// <summary>As numbered by <see cref="Mp4Init"/>: 1 for the first format, 2 for the second.</summary>
    public required int TrackId { get; init; }

    /// <summary>Decoding time of the first sample, in ticks of the track's clock since the start of the file; not negative.</summary>
    public required long BaseDecodeTime { get; init; }

    public required ReadOnlyMemory<Mp4Sample> Samples { get; init; }
}

/// <summary>
/// When the first sample of a fragment was captured (ISO/IEC 14496-12 §8.16.5, <c>prft</c>): the wall clock that belongs to
/// <paramref name="MediaTime"/>, the presentation time of that sample in ticks of the clock of <paramref name="TrackId"/>.
/// </summary>
public readonly record struct ProducerTime(int TrackId, DateTimeOffset WallClock, long MediaTime)
{
    private static readonly DateTimeOffset NtpEpoch = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>64-bit NTP time: seconds since 1900 above, fraction of a second below.</summary>
    public static ulong ToNtp(DateTimeOffset time)
    {
        var ticks = (UInt128)(ulong)(time - NtpEpoch).Ticks;
        return (ulong)(((ticks << 32) + (TimeSpan.TicksPerSecond / 2)) / TimeSpan.TicksPerSecond);
    }

    /// <summary>Exact to 100 ns. Eras after 2036 are not told apart from 1900.</summary>
    public static DateTimeOffset FromNtp(ulong ntp) =>
        NtpEpoch + new TimeSpan((long)((((UInt128)ntp * TimeSpan.TicksPerSecond) + (1u << 31)) >> 32));
}
