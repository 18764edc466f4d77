using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Vigil.Protocols.Mp4;

/// <summary>One sample as a <c>trun</c> describes it; its bytes follow those of the sample before it.</summary>
public readonly record struct IndexedSample(int Size, uint Duration, int CompositionOffset, bool IsSync);

/// <summary>One track's part of a fragment.</summary>
public sealed record FragmentTrack
{
    public required int TrackId { get; init; }

    /// <summary>Decoding time of the first sample in ticks of the track; null when the fragment does not say (then it follows the one before).</summary>
    public required long? BaseDecodeTime { get; init; }

    /// <summary>Where the first sample's bytes begin, counted from the start of the <c>moof</c>.</summary>
    public required int DataOffset { get; init; }

    public required IndexedSample[] Samples { get; init; }
}

/// <summary>What a <c>moof</c> says.</summary>
public sealed record FragmentIndex(uint Sequence, IReadOnlyList<FragmentTrack> Tracks);

/// <summary>
/// Reads movie fragments: those of <see cref="Mp4Fragment"/>, and of other writers that count offsets from the <c>moof</c>. Does no I/O.
/// An hour has 9,000 of them and somebody waits for it, so they are compiled well from the first time on.
/// </summary>
public static class Mp4FragmentReader
{
    private const int MaxSamples = 65_536;

    /// <summary>Reads a whole <c>moof</c> box, head included. <paramref name="tracks"/> carry the defaults of the movie header.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Mp4Error TryParse(ReadOnlySpan<byte> moof, IReadOnlyList<Mp4Track> tracks, out FragmentIndex? index)
    {
        index = null;
        var outer = new BoxCursor(moof);
        if (!outer.Next(out var type, out var body))
        {
            return outer.Error == Mp4Error.None ? Mp4Error.NeedMore : outer.Error;
        }

        if (type != Mp4Box.Moof)
        {
            return Mp4Error.Malformed;
        }

        uint sequence = 0;
        var parts = new List<FragmentTrack>(2);
        var boxes = new BoxCursor(body);
        while (boxes.Next(out var child, out var content))
        {
            if (child == 0x6D666864 /* mfhd */)
            {
                var fields = new FieldReader(content);
                fields.Skip(4);
                sequence = fields.U32();
            }
            else if (child == 0x74726166 /* traf */)
            {
                var error = ParseTrack(content, tracks, out var part);
                if (error != Mp4Error.None)
                {
                    return error;
                }

                parts.Add(part!);
            }
        }

        index = new FragmentIndex(sequence, parts);
        return boxes.Error == Mp4Error.NeedMore ? Mp4Error.Malformed : boxes.Error;
    }

    /// <summary>Reads a whole <c>prft</c> box, head included.</summary>
    public static bool TryParseProducerTime(ReadOnlySpan<byte> prft, out ProducerTime time)
    {
        time = default;
        var boxes = new BoxCursor(prft);
        if (!boxes.Next(out var type, out var body) || type != Mp4Box.Prft)
        {
            return false;
        }

        var fields = new FieldReader(body);
        var version = fields.U32() >> 24;
        var track = fields.I32();
        var ntp = (ulong)fields.I64();
        var mediaTime = version == 0 ? fields.U32() : fields.I64();
        time = new ProducerTime(track, ProducerTime.FromNtp(ntp), mediaTime);
        return !fields.Overrun;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Mp4Error ParseTrack(ReadOnlySpan<byte> traf, IReadOnlyList<Mp4Track> tracks, out FragmentTrack? part)
    {
        part = null;
        long? baseTime = null;
        int? dataOffset = null;
        var id = 0;
        uint duration = 0, size = 0, flags = 0;
        var samples = new List<IndexedSample>();
        var boxes = new BoxCursor(traf);
        while (boxes.Next(out var type, out var body))
        {
            var fields = new FieldReader(body);
            var head = fields.U32();
            switch (type)
            {
                case 0x74666864: // tfhd
                    if ((head & 1) != 0)
                    {
                        return Mp4Error.Unsupported; // An absolute base offset: the fragment could not be moved.
                    }

                    id = fields.I32();
                    var track = Find(tracks, id);
                    fields.Skip((head & 0x2) != 0 ? 4 : 0);
                    duration = (head & 0x8) != 0 ? fields.U32() : track?.DefaultDuration ?? 0;
                    size = (head & 0x10) != 0 ? fields.U32() : track?.DefaultSize ?? 0;
                    flags = (head & 0x20) != 0 ? fields.U32() : track?.DefaultFlags ?? 0;
                    break;
                case 0x74666474: // tfdt
                    baseTime = head >> 24 == 0 ? fields.U32() : fields.I64();
                    break;
                case 0x7472756E: // trun
                    var error = ParseRun(ref fields, head, duration, size, flags, samples, ref dataOffset);
                    if (error != Mp4Error.None)
                    {
                        return error;
                    }

                    break;
                default:
                    continue;
            }

            if (fields.Overrun)
            {
                return Mp4Error.Malformed;
            }
        }

        if (boxes.Error != Mp4Error.None)
        {
            return Mp4Error.Malformed;
        }

        part = new FragmentTrack { TrackId = id, BaseDecodeTime = baseTime, DataOffset = dataOffset ?? 0, Samples = [.. samples] };
        return Mp4Error.None;
    }

    private static Mp4Track? Find(IReadOnlyList<Mp4Track> tracks, int id)
    {
        for (var i = 0; i < tracks.Count; i++)
        {
            if (tracks[i].Id == id)
            {
                return tracks[i];
            }
        }

        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Mp4Error ParseRun(
        ref FieldReader fields, uint head, uint duration, uint size, uint flags, List<IndexedSample> samples, ref int? dataOffset)
    {
        var count = fields.U32();
        var perSample = 4 * System.Numerics.BitOperations.PopCount(head & 0xF00);
        if (count > MaxSamples - samples.Count)
        {
            return Mp4Error.Unsupported;
        }

        if ((head & 0x1) != 0)
        {
            var offset = fields.I32();
            if (dataOffset is { } first)
            {
                var expected = first + samples.Sum(s => (long)s.Size);
                if (offset != expected)
                {
                    return Mp4Error.Unsupported; // Runs that do not follow each other.
                }
            }

            dataOffset ??= offset;
        }

        uint? firstFlags = (head & 0x4) != 0 ? fields.U32() : null;
        if (fields.Overrun || (long)count * perSample > fields.Rest.Length)
        {
            return Mp4Error.Malformed;
        }

        var rest = fields.Bytes((int)count * perSample);
        samples.EnsureCapacity(samples.Count + (int)count);
        for (var i = 0; i < count; i++)
        {
            var sampleDuration = (head & 0x100) != 0 ? Next(ref rest) : duration;
            var sampleSize = (head & 0x200) != 0 ? Next(ref rest) : size;
            var sampleFlags = (head & 0x400) != 0 ? Next(ref rest) : i == 0 && firstFlags is { } own ? own : flags;
            var offset = (head & 0x800) != 0 ? (int)Next(ref rest) : 0;
            if (sampleSize > int.MaxValue)
            {
                return Mp4Error.Malformed;
            }

            samples.Add(new IndexedSample((int)sampleSize, sampleDuration, offset, (sampleFlags & 0x00010000) == 0));
        }

        return Mp4Error.None;
    }

    private static uint Next(ref ReadOnlySpan<byte> fields)
    {
        var value = BinaryPrimitives.ReadUInt32BigEndian(fields);
        fields = fields[4..];
        return value;
    }
}
