using System.Runtime.CompilerServices;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Mp4;

namespace Vigil.Media.Recording;

/// <summary>One fragment of a segment: where its <c>moof</c> stands and what it says.</summary>
internal sealed record SegmentFragment(long MoofOffset, ProducerTime Captured, FragmentIndex Index);

/// <summary>
/// What a segment file holds: its tracks and all whole fragments. A finished segment tells it in its trailer; else the boxes are walked,
/// and the last seconds are checked against their seals.
/// </summary>
internal sealed record SegmentIndex
{
    /// <summary>No fragment head, movie header or trailer of ours is larger: an hour of segment would be.</summary>
    private const int MaxHeadSize = 16 * 1024 * 1024;

    /// <summary>Fragments whose seal is checked in a file without trailer: two syncs' worth, and as much again.</summary>
    private const int CheckedTail = 12;

    public required IReadOnlyList<Mp4Track> Tracks { get; init; }

    public required IReadOnlyList<SegmentFragment> Fragments { get; init; }

    public required IReadOnlyList<SegmentTrailer.Head> Heads { get; init; }

    /// <summary>Up to the end of the last whole fragment, or of the trailer.</summary>
    public required long Length { get; init; }

    public required SegmentEnd Ended { get; init; }

    public required DateTimeOffset End { get; init; }

    /// <summary>Capture time of position 0 of the file.</summary>
    public DateTimeOffset Start
    {
        get
        {
            var captured = Fragments[0].Captured;
            var rate = Tracks.FirstOrDefault(t => t.Id == captured.TrackId)?.Format.ClockRate ?? 0;
            return rate > 0 ? captured.WallClock - (MediaTime.FromClock(captured.MediaTime, rate) - MediaTime.Zero) : captured.WallClock;
        }
    }

    /// <summary>Null when there is no whole fragment. Never throws for what is in the file.</summary>
    public static SegmentIndex? Read(ISegmentFile file, bool verifyTail, long limit = long.MaxValue)
    {
        var length = Math.Min(file.Length, limit);
        if (ReadTracks(file, length, out var bodyStart) is not { Count: > 0 } tracks)
        {
            return null;
        }

        if (ReadTrailer(file, length) is { } trailer && Parse(trailer.Heads, tracks, length) is { Count: > 0 } told)
        {
            return new SegmentIndex
            {
                Tracks = tracks,
                Fragments = told,
                Heads = trailer.Heads,
                Length = length,
                Ended = trailer.Ended,
                End = trailer.End,
            };
        }

        return Walk(file, tracks, bodyStart, length, verifyTail);
    }

    public SegmentTrailer ToTrailer() => new(Ended, End, Heads);

    public SegmentRecord ToRecord(int cameraId, string path)
    {
        var video = Tracks.FirstOrDefault(t => t.Format.Kind == TrackKind.Video)?.Format;
        var audio = Tracks.FirstOrDefault(t => t.Format.Kind == TrackKind.Audio)?.Format;
        var lead = (Tracks.FirstOrDefault(t => t.Format.Kind == TrackKind.Video) ?? Tracks[0]).Id;
        return new SegmentRecord
        {
            CameraId = cameraId,
            Path = path,
            Start = Start,
            End = End,
            Bytes = Length,
            Ended = Ended,
            VideoCodec = video?.CodecString ?? "",
            AudioCodec = audio?.CodecString ?? "",
            Width = video?.Width ?? 0,
            Height = video?.Height ?? 0,
            Frames = Fragments.Sum(f => f.Index.Tracks.Where(t => t.TrackId == lead).Sum(t => t.Samples.Length)),
        };
    }

    private static IReadOnlyList<Mp4Track>? ReadTracks(ISegmentFile file, long length, out long bodyStart)
    {
        bodyStart = 0;
        if (ReadBox(file, 0, length, out var ftyp) is null || ftyp.Type != Mp4Box.Ftyp)
        {
            return null;
        }

        var moov = ReadBox(file, ftyp.Size, length, out var box);
        bodyStart = ftyp.Size + box.Size;
        return moov is not null && Mp4InitReader.TryParse(moov, out var tracks) == Mp4Error.None ? tracks : null;
    }

    private static SegmentTrailer? ReadTrailer(ISegmentFile file, long length)
    {
        Span<byte> tail = stackalloc byte[4];
        if (length < 64 || file.Read(length - 4, tail) < 4)
        {
            return null;
        }

        var size = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(tail);
        if (size is < 44 or > MaxHeadSize || size > length)
        {
            return null;
        }

        var bytes = new byte[size];
        return file.Read(length - size, bytes) == size ? SegmentTrailer.TryParse(bytes) : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static List<SegmentFragment>? Parse(IReadOnlyList<SegmentTrailer.Head> heads, IReadOnlyList<Mp4Track> tracks, long length)
    {
        var fragments = new List<SegmentFragment>(heads.Count);
        foreach (var head in heads)
        {
            if (ParseHead(head, tracks) is not { } fragment || EndOfMedia(fragment) > length)
            {
                return null;
            }

            fragments.Add(fragment);
        }

        return fragments;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static SegmentFragment? ParseHead(SegmentTrailer.Head head, IReadOnlyList<Mp4Track> tracks)
    {
        var bytes = head.Bytes.Span;
        if (Mp4Box.TryParse(bytes, out var prft) != Mp4Error.None || prft.Size > bytes.Length
            || !Mp4FragmentReader.TryParseProducerTime(bytes[..(int)prft.Size], out var captured)
            || Mp4FragmentReader.TryParse(bytes[(int)prft.Size..], tracks, out var index) != Mp4Error.None)
        {
            return null;
        }

        return new SegmentFragment(head.Offset + prft.Size, captured, index!);
    }

    /// <summary>Where the media of a fragment ends in the file; it may not reach beyond what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long EndOfMedia(SegmentFragment fragment)
    {
        var end = 0L;
        foreach (var track in fragment.Index.Tracks)
        {
            var size = 0L;
            foreach (var sample in track.Samples)
            {
                size += sample.Size;
            }

            end = Math.Max(end, fragment.MoofOffset + track.DataOffset + size);
        }

        return end;
    }

    private static SegmentIndex? Walk(ISegmentFile file, IReadOnlyList<Mp4Track> tracks, long start, long length, bool verifyTail)
    {
        var heads = new List<SegmentTrailer.Head>();
        var fragments = new List<SegmentFragment>();
        var ends = new List<long>();
        var seals = new List<(long Offset, uint Checksum)>();
        var at = start;
        while (NextFragment(file, at, length, tracks, out var head, out var seal, out var end) is { } fragment)
        {
            if (EndOfMedia(fragment) > end || (fragments.Count > 0 && fragment.Index.Sequence != fragments[^1].Index.Sequence + 1))
            {
                break;
            }

            heads.Add(head);
            fragments.Add(fragment);
            seals.Add((at, seal));
            ends.Add(end);
            at = end;
        }

        var good = fragments.Count;
        if (verifyTail)
        {
            for (var i = Math.Max(0, fragments.Count - CheckedTail); i < good; i++)
            {
                good = Matches(file, seals[i].Offset + FragmentSeal.Size, ends[i], seals[i].Checksum) ? good : i;
            }
        }

        if (good == 0)
        {
            return null;
        }

        return new SegmentIndex
        {
            Tracks = tracks,
            Fragments = fragments[..good],
            Heads = heads[..good],
            Length = ends[good - 1],
            Ended = SegmentEnd.Open,
            End = EndOf(fragments[good - 1], tracks),
        };
    }

    /// <summary>Capture time of the end of a fragment's last sample.</summary>
    internal static DateTimeOffset EndOf(SegmentFragment fragment, IReadOnlyList<Mp4Track> tracks)
    {
        var end = fragment.Captured.WallClock;
        foreach (var part in fragment.Index.Tracks)
        {
            var rate = tracks.FirstOrDefault(t => t.Id == part.TrackId)?.Format.ClockRate ?? 0;
            var reference = tracks.FirstOrDefault(t => t.Id == fragment.Captured.TrackId)?.Format.ClockRate ?? 0;
            if (rate <= 0 || reference <= 0)
            {
                continue;
            }

            var ticks = (part.BaseDecodeTime ?? 0) + part.Samples.Sum(s => (long)s.Duration);
            var until = fragment.Captured.WallClock
                + (MediaTime.FromClock(ticks, rate) - MediaTime.FromClock(fragment.Captured.MediaTime, reference));
            end = until > end ? until : end;
        }

        return end;
    }

    private static SegmentFragment? NextFragment(
        ISegmentFile file, long at, long length, IReadOnlyList<Mp4Track> tracks, out SegmentTrailer.Head head, out uint checksum, out long end)
    {
        head = default;
        checksum = 0;
        end = 0;
        var seal = ReadBox(file, at, length, out var sealBox);
        if (seal is null || !FragmentSeal.TryRead(seal, out checksum))
        {
            return null;
        }

        var prft = ReadBox(file, at + sealBox.Size, length, out var prftBox);
        var moof = prft is null ? null : ReadBox(file, at + sealBox.Size + prftBox.Size, length, out _);
        if (prft is null || moof is null)
        {
            return null;
        }

        head = new SegmentTrailer.Head(at + sealBox.Size, (byte[])[.. prft, .. moof]);
        var mdatAt = head.Offset + head.Bytes.Length;
        Span<byte> bytes = stackalloc byte[Mp4Box.MaxHeadSize];
        var got = file.Read(mdatAt, bytes);
        if (Mp4Box.TryParse(bytes[..got], out var mdat) != Mp4Error.None || mdat.Type != Mp4Box.Mdat || mdat.Size > length - mdatAt)
        {
            return null;
        }

        end = mdatAt + mdat.Size;
        return ParseHead(head, tracks);
    }

    private static byte[]? ReadBox(ISegmentFile file, long at, long length, out Mp4Box box)
    {
        box = default;
        Span<byte> head = stackalloc byte[Mp4Box.MaxHeadSize];
        var got = at < length ? file.Read(at, head[..(int)Math.Min(head.Length, length - at)]) : 0;
        if (Mp4Box.TryParse(head[..got], out box) != Mp4Error.None || box.Size > MaxHeadSize || box.Size > length - at)
        {
            return null;
        }

        var bytes = new byte[box.Size];
        return file.Read(at, bytes) == bytes.Length ? bytes : null;
    }

    private static bool Matches(ISegmentFile file, long from, long to, uint checksum)
    {
        var buffer = new byte[(int)Math.Min(1 << 20, to - from)];
        var crc = 0u;
        while (from < to)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from));
            if (file.Read(from, part) < part.Length)
            {
                return false;
            }

            crc = FragmentSeal.Add(crc, part);
            from += part.Length;
        }

        return crc == checksum;
    }
}
