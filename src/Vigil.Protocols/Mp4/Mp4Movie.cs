using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Mp4;

/// <summary>One sample of a plain movie; <paramref name="DecodeTime"/> in ticks of the track, increasing from sample to sample.</summary>
public readonly record struct MovieSample(long DecodeTime, int Size, int CompositionOffset, bool IsSync);

/// <summary>Samples that stand one after the other: from <paramref name="Offset"/> on, counted from the first byte of media.</summary>
public readonly record struct MovieChunk(long Offset, int SampleCount, int FormatIndex);

/// <summary>One track of a plain movie.</summary>
public sealed record MovieTrack
{
    /// <summary>Sample entries: one codec, several configurations when the camera changed its settings on the way.</summary>
    public required IReadOnlyList<TrackFormat> Formats { get; init; }

    public required IReadOnlyList<MovieSample> Samples { get; init; }

    public required IReadOnlyList<MovieChunk> Chunks { get; init; }

    /// <summary>Where the last sample ends, in ticks of the track.</summary>
    public required long EndTime { get; init; }

    /// <summary>Presentation begins here, in ticks of the track; samples before are decoded and not shown.</summary>
    public long Trim { get; init; }

    /// <summary>The track begins this much later than the presentation.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Ticks per second of all times of this track.</summary>
    public int Timescale => Formats[0].ClockRate;
}

/// <summary>
/// Writes everything of a plain (not fragmented) MP4 up to the media: <c>ftyp</c>, <c>moov</c> with complete sample tables, the head of
/// <c>mdat</c>. The media must follow. Plain, because only there do players honour an edit list that trims (measured: libavformat, and
/// with it Chromium, shows a fragmented file from its first key frame on).
/// </summary>
public static class Mp4Movie
{
    /// <summary>Writes the head for <paramref name="mediaBytes"/> bytes of media and a presentation of <paramref name="duration"/>.</summary>
    public static void WriteHead(
        IBufferWriter<byte> into, IReadOnlyList<MovieTrack> tracks, long mediaBytes, TimeSpan duration, DateTimeOffset? created)
    {
        var wide = mediaBytes > uint.MaxValue - (64L * 1024 * 1024);
        var writer = new BoxWriter(64 * 1024);
        try
        {
            var ftyp = writer.Begin("ftyp"u8);
            writer.Bytes("isom"u8);
            writer.U32(512);
            writer.Bytes("isomiso2mp41"u8);
            writer.End(ftyp);

            var moov = writer.Begin("moov"u8);
            MovieBoxes.Header(ref writer, created, Mp4Init.ToMovie(duration), tracks.Count + 1);
            var offsets = new int[tracks.Count];
            for (var i = 0; i < tracks.Count; i++)
            {
                offsets[i] = WriteTrack(ref writer, i + 1, tracks[i], duration, created, wide);
            }

            writer.End(moov);
            WriteMediaHead(ref writer, mediaBytes, wide);
            for (var i = 0; i < tracks.Count; i++)
            {
                PatchOffsets(ref writer, tracks[i], offsets[i], writer.Length, wide);
            }

            writer.CopyTo(into);
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static void WriteMediaHead(ref BoxWriter writer, long mediaBytes, bool wide)
    {
        writer.U32(wide ? 1 : (uint)(mediaBytes + 8));
        writer.Bytes("mdat"u8);
        if (wide)
        {
            writer.U64((ulong)(mediaBytes + 16));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PatchOffsets(ref BoxWriter writer, MovieTrack track, int at, int mediaStart, bool wide)
    {
        foreach (var chunk in track.Chunks)
        {
            var offset = (ulong)(mediaStart + chunk.Offset);
            if (wide)
            {
                writer.PatchU32(at, (uint)(offset >> 32));
                at += 4;
            }

            writer.PatchU32(at, (uint)offset);
            at += 4;
        }
    }

    /// <summary>Returns where the table of chunk offsets begins.</summary>
    private static int WriteTrack(
        ref BoxWriter writer, int id, MovieTrack track, TimeSpan duration, DateTimeOffset? created, bool wide)
    {
        var format = track.Formats[0];
        var mediaDuration = track.Samples.Count == 0 ? 0 : (ulong)(track.EndTime - track.Samples[0].DecodeTime);
        var trak = writer.Begin("trak"u8);
        MovieBoxes.TrackHeader(ref writer, id, format, created, Mp4Init.ToMovie(duration));
        WriteEdits(ref writer, track, duration);
        var mdia = writer.Begin("mdia"u8);
        MovieBoxes.MediaHeader(ref writer, format, created, mediaDuration);
        var minf = writer.Begin("minf"u8);
        MovieBoxes.MediaInformation(ref writer, format);
        var stbl = writer.Begin("stbl"u8);
        var stsd = writer.BeginFull("stsd"u8, 0, 0);
        writer.U32((uint)track.Formats.Count);
        foreach (var entry in track.Formats)
        {
            SampleEntries.Write(ref writer, entry);
        }

        writer.End(stsd);
        WriteTimes(ref writer, track);
        WriteCompositionOffsets(ref writer, SpanOf(track.Samples));
        WriteSyncSamples(ref writer, SpanOf(track.Samples));
        WriteSizes(ref writer, SpanOf(track.Samples));
        WriteChunks(ref writer, track.Chunks);
        var offsets = writer.BeginFull(wide ? "co64"u8 : "stco"u8, 0, 0);
        writer.U32((uint)track.Chunks.Count);
        var at = writer.Length;
        writer.Zeros(track.Chunks.Count * (wide ? 8 : 4));
        writer.End(offsets);
        writer.End(stbl);
        writer.End(minf);
        writer.End(mdia);
        writer.End(trak);
        return at;
    }

    /// <summary>§8.6.6: an empty edit when the track begins late, then the media from <see cref="MovieTrack.Trim"/> on.</summary>
    private static void WriteEdits(ref BoxWriter writer, MovieTrack track, TimeSpan duration)
    {
        var delay = Mp4Init.ToMovie(track.Delay);
        var first = track.Samples.Count == 0 ? 0 : track.Samples[0].DecodeTime;
        var edts = writer.Begin("edts"u8);
        var elst = writer.BeginFull("elst"u8, 1, 0);
        writer.U32(delay > 0 ? 2u : 1u);
        if (delay > 0)
        {
            writer.U64(delay);
            writer.U64(ulong.MaxValue); // Nothing is shown.
            writer.U32(0x00010000);
        }

        writer.U64(Mp4Init.ToMovie(duration - track.Delay));
        writer.U64((ulong)Math.Max(0, track.Trim - first));
        writer.U32(0x00010000);
        writer.End(elst);
        writer.End(edts);
    }

    /// <summary>An hour has 150,000 samples, each of which is looked at five times, and somebody waits.</summary>
    private static ReadOnlySpan<MovieSample> SpanOf(IReadOnlyList<MovieSample> samples) => samples switch
    {
        List<MovieSample> list => CollectionsMarshal.AsSpan(list),
        MovieSample[] array => array,
        _ => samples.ToArray(),
    };

    /// <summary><c>stts</c>, §8.6.1.2: distances between decoding times, in runs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteTimes(ref BoxWriter writer, MovieTrack track)
    {
        var samples = SpanOf(track.Samples);
        var stts = writer.BeginFull("stts"u8, 0, 0);
        var countAt = writer.Length;
        writer.U32(0);
        uint runs = 0, run = 0, delta = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var next = i + 1 < samples.Length ? samples[i + 1].DecodeTime : track.EndTime;
            var distance = (uint)Math.Clamp(next - samples[i].DecodeTime, 0, int.MaxValue);
            if (run > 0 && distance != delta)
            {
                writer.U32(run);
                writer.U32(delta);
                runs++;
                run = 0;
            }

            delta = distance;
            run++;
        }

        if (run > 0)
        {
            writer.U32(run);
            writer.U32(delta);
            runs++;
        }

        writer.PatchU32(countAt, runs);
        writer.End(stts);
    }

    /// <summary><c>ctts</c>, §8.6.1.3; absent without B-frames. Version 1 only where an offset is negative, which old players misread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteCompositionOffsets(ref BoxWriter writer, ReadOnlySpan<MovieSample> samples)
    {
        bool any = false, negative = false;
        foreach (ref readonly var sample in samples)
        {
            any |= sample.CompositionOffset != 0;
            negative |= sample.CompositionOffset < 0;
        }

        if (!any)
        {
            return;
        }

        var ctts = writer.BeginFull("ctts"u8, (byte)(negative ? 1 : 0), 0);
        var countAt = writer.Length;
        writer.U32(0);
        uint runs = 0;
        for (var i = 0; i < samples.Length;)
        {
            var start = i;
            while (i < samples.Length && samples[i].CompositionOffset == samples[start].CompositionOffset)
            {
                i++;
            }

            writer.U32((uint)(i - start));
            writer.I32(samples[start].CompositionOffset);
            runs++;
        }

        writer.PatchU32(countAt, runs);
        writer.End(ctts);
    }

    /// <summary><c>stss</c>, §8.6.2; absent when every sample is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteSyncSamples(ref BoxWriter writer, ReadOnlySpan<MovieSample> samples)
    {
        var first = 0;
        while (first < samples.Length && samples[first].IsSync)
        {
            first++;
        }

        if (first == samples.Length)
        {
            return;
        }

        var stss = writer.BeginFull("stss"u8, 0, 0);
        var countAt = writer.Length;
        writer.U32(0);
        uint count = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            if (samples[i].IsSync)
            {
                writer.U32((uint)(i + 1));
                count++;
            }
        }

        writer.PatchU32(countAt, count);
        writer.End(stss);
    }

    /// <summary><c>stsz</c>, §8.7.3.2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteSizes(ref BoxWriter writer, ReadOnlySpan<MovieSample> samples)
    {
        var stsz = writer.BeginFull("stsz"u8, 0, 0);
        writer.U32(0);
        writer.U32((uint)samples.Length);
        foreach (ref readonly var sample in samples)
        {
            writer.U32((uint)sample.Size);
        }

        writer.End(stsz);
    }

    /// <summary><c>stsc</c>, §8.7.4, in runs of chunks that are alike.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteChunks(ref BoxWriter writer, IReadOnlyList<MovieChunk> chunks)
    {
        var stsc = writer.BeginFull("stsc"u8, 0, 0);
        var countAt = writer.Length;
        writer.U32(0);
        uint runs = 0;
        for (var i = 0; i < chunks.Count; i++)
        {
            if (i > 0 && chunks[i].SampleCount == chunks[i - 1].SampleCount && chunks[i].FormatIndex == chunks[i - 1].FormatIndex)
            {
                continue;
            }

            writer.U32((uint)(i + 1));
            writer.U32((uint)chunks[i].SampleCount);
            writer.U32((uint)(chunks[i].FormatIndex + 1));
            runs++;
        }

        writer.PatchU32(countAt, runs);
        writer.End(stsc);
    }
}
