using System.Buffers;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Mp4;

/// <summary>What an initialisation segment says beside its tracks.</summary>
public sealed record Mp4InitOptions
{
    public static readonly Mp4InitOptions Default = new();

    /// <summary>Written as creation time; absent when null.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Length of the presentation when it is known beforehand (<c>mehd</c>, §8.8.2).</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Presentation begins this far into the media (<c>elst</c>, §8.6.6): what comes before is decoded and not shown.</summary>
    public TimeSpan Trim { get; init; }
}

/// <summary>
/// Writes the initialisation segment of a fragmented MP4: <c>ftyp</c> and <c>moov</c> with <c>mvex</c>. Track ids are 1, 2, … in the
/// order given; each track's timescale is its <see cref="TrackFormat.ClockRate"/>. G.711 must have become Opus before it gets here.
/// </summary>
public static class Mp4Init
{
    /// <summary>Ticks per second of movie-wide times; divides the usual video clock.</summary>
    internal const int MovieTimescale = 90_000;

    public static void Write(IBufferWriter<byte> into, IReadOnlyList<TrackFormat> tracks, Mp4InitOptions? options = null)
    {
        options ??= Mp4InitOptions.Default;
        var writer = new BoxWriter(2048);
        try
        {
            WriteFileType(ref writer);
            var moov = writer.Begin("moov"u8);
            var duration = options.Duration is { } known ? ToMovie(known) : 0;
            MovieBoxes.Header(ref writer, options.Created, 0, tracks.Count + 1);
            for (var i = 0; i < tracks.Count; i++)
            {
                WriteTrack(ref writer, i + 1, tracks[i], options, duration);
            }

            var mvex = writer.Begin("mvex"u8);
            if (duration > 0)
            {
                var mehd = writer.BeginFull("mehd"u8, 1, 0);
                writer.U64(duration);
                writer.End(mehd);
            }

            for (var i = 0; i < tracks.Count; i++)
            {
                var trex = writer.BeginFull("trex"u8, 0, 0);
                writer.U32((uint)(i + 1));
                writer.U32(1); // The first and only sample entry.
                writer.Zeros(12);
                writer.End(trex);
            }

            writer.End(mvex);
            writer.End(moov);
            writer.CopyTo(into);
        }
        finally
        {
            writer.Dispose();
        }
    }

    internal static ulong ToMovie(TimeSpan time) => (ulong)Math.Max(0, new MediaTime(time.Ticks).ToClock(MovieTimescale));

    private static void WriteFileType(ref BoxWriter writer)
    {
        var ftyp = writer.Begin("ftyp"u8);
        writer.Bytes("iso6"u8); // default-base-is-moof and tfdt.
        writer.U32(1);
        writer.Bytes("iso6mp41"u8);
        writer.End(ftyp);
    }

    private static void WriteTrack(ref BoxWriter writer, int id, TrackFormat format, Mp4InitOptions options, ulong duration)
    {
        var trak = writer.Begin("trak"u8);
        MovieBoxes.TrackHeader(ref writer, id, format, options.Created, 0);
        if (options.Trim > TimeSpan.Zero)
        {
            MovieBoxes.Edit(ref writer, duration, new MediaTime(options.Trim.Ticks).ToClock(format.ClockRate));
        }

        var mdia = writer.Begin("mdia"u8);
        MovieBoxes.MediaHeader(ref writer, format, options.Created, 0);
        var minf = writer.Begin("minf"u8);
        MovieBoxes.MediaInformation(ref writer, format);
        var stbl = writer.Begin("stbl"u8);
        var stsd = writer.BeginFull("stsd"u8, 0, 0);
        writer.U32(1);
        SampleEntries.Write(ref writer, format);
        writer.End(stsd);
        foreach (var table in (ReadOnlySpan<uint>)[0x73747473 /* stts */, 0x73747363 /* stsc */, 0x7374737A /* stsz */, 0x7374636F /* stco */])
        {
            var empty = writer.Length;
            writer.U32(0);
            writer.U32(table);
            writer.Zeros(table == 0x7374737A ? 12 : 8); // No samples: they are all in fragments.
            writer.End(empty);
        }

        writer.End(stbl);
        writer.End(minf);
        writer.End(mdia);
        writer.End(trak);
    }
}
