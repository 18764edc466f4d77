using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Mp4;

/// <summary>The boxes of a <c>moov</c> that are alike in fragmented and in plain files.</summary>
internal static class MovieBoxes
{
    private static readonly DateTimeOffset Epoch = new(1904, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary><c>mvhd</c>, §8.2.2. <paramref name="duration"/> is in movie ticks; 0 when all samples are in fragments.</summary>
    public static void Header(ref BoxWriter writer, DateTimeOffset? created, ulong duration, int nextTrackId)
    {
        var mvhd = writer.BeginFull("mvhd"u8, 1, 0);
        Times(ref writer, created);
        writer.U32(Mp4Init.MovieTimescale);
        writer.U64(duration);
        writer.U32(0x00010000); // Rate 1.0.
        writer.U16(0x0100); // Volume 1.0.
        writer.Zeros(10);
        Matrix(ref writer);
        writer.Zeros(24);
        writer.U32((uint)nextTrackId);
        writer.End(mvhd);
    }

    /// <summary><c>tkhd</c>, §8.3.2.</summary>
    public static void TrackHeader(ref BoxWriter writer, int id, TrackFormat format, DateTimeOffset? created, ulong duration)
    {
        var tkhd = writer.BeginFull("tkhd"u8, 1, 3); // Enabled, in the movie.
        Times(ref writer, created);
        writer.U32((uint)id);
        writer.U32(0);
        writer.U64(duration);
        writer.Zeros(8);
        writer.U16(0); // Layer.
        writer.U16(0); // Alternate group.
        writer.U16((ushort)(format.Kind == TrackKind.Audio ? 0x0100 : 0));
        writer.U16(0);
        Matrix(ref writer);
        writer.U32((uint)format.Width << 16);
        writer.U32((uint)format.Height << 16);
        writer.End(tkhd);
    }

    /// <summary><c>edts</c> with one edit, §8.6.6: <paramref name="duration"/> in movie ticks, <paramref name="mediaTime"/> in track ticks.</summary>
    public static void Edit(ref BoxWriter writer, ulong duration, long mediaTime)
    {
        var edts = writer.Begin("edts"u8);
        var elst = writer.BeginFull("elst"u8, 1, 0);
        writer.U32(1);
        writer.U64(duration);
        writer.U64((ulong)mediaTime);
        writer.U32(0x00010000); // Rate 1.0.
        writer.End(elst);
        writer.End(edts);
    }

    /// <summary><c>mdhd</c> and <c>hdlr</c>, §8.4.2 and §8.4.3. <paramref name="duration"/> is in track ticks.</summary>
    public static void MediaHeader(ref BoxWriter writer, TrackFormat format, DateTimeOffset? created, ulong duration)
    {
        var mdhd = writer.BeginFull("mdhd"u8, 1, 0);
        Times(ref writer, created);
        writer.U32((uint)format.ClockRate);
        writer.U64(duration);
        writer.U16(0x55C4); // Language "und".
        writer.U16(0);
        writer.End(mdhd);

        var hdlr = writer.BeginFull("hdlr"u8, 0, 0);
        writer.U32(0);
        writer.Bytes(format.Kind == TrackKind.Video ? "vide"u8 : "soun"u8);
        writer.Zeros(12);
        writer.Bytes(format.Kind == TrackKind.Video ? "Video\0"u8 : "Sound\0"u8);
        writer.End(hdlr);
    }

    /// <summary><c>vmhd</c> or <c>smhd</c>, then <c>dinf</c>: the media is in this file (§8.7).</summary>
    public static void MediaInformation(ref BoxWriter writer, TrackFormat format)
    {
        var video = format.Kind == TrackKind.Video;
        var header = writer.BeginFull(video ? "vmhd"u8 : "smhd"u8, 0, video ? 1u : 0u);
        writer.Zeros(video ? 8 : 4);
        writer.End(header);

        var dinf = writer.Begin("dinf"u8);
        var dref = writer.BeginFull("dref"u8, 0, 0);
        writer.U32(1);
        var url = writer.BeginFull("url "u8, 0, 1);
        writer.End(url);
        writer.End(dref);
        writer.End(dinf);
    }

    private static void Times(ref BoxWriter writer, DateTimeOffset? created)
    {
        var seconds = created is { } at ? (ulong)Math.Max(0, (long)(at - Epoch).TotalSeconds) : 0;
        writer.U64(seconds);
        writer.U64(seconds);
    }

    private static void Matrix(ref BoxWriter writer)
    {
        ReadOnlySpan<uint> unity = [0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000];
        foreach (var value in unity)
        {
            writer.U32(value);
        }
    }
}
