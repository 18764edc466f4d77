using System.Buffers;
using System.Diagnostics;

namespace Vigil.Protocols.Mp4;

/// <summary>
/// Writes one movie fragment (ISO/IEC 14496-12 §8.8): an optional <c>prft</c>, then <c>moof</c> with one <c>traf</c> per track, then
/// <c>mdat</c>. Offsets are relative to the <c>moof</c>, so fragments can be moved and concatenated freely.
/// </summary>
public static class Mp4Fragment
{
    private const uint DataOffset = 0x1;
    private const uint FirstSampleFlags = 0x4;
    private const uint SampleDuration = 0x100;
    private const uint SampleSize = 0x200;
    private const uint SampleFlags = 0x400;
    private const uint SampleOffsets = 0x800;

    private const uint DefaultBaseIsMoof = 0x020000;
    private const uint DefaultDuration = 0x8;
    private const uint DefaultSize = 0x10;
    private const uint DefaultFlags = 0x20;

    /// <summary>§8.8.3.1: depends on no other sample.</summary>
    internal const uint Sync = 0x02000000;

    /// <summary>§8.8.3.1: depends on others, is no sync sample.</summary>
    internal const uint NotSync = 0x01010000;

    /// <summary>The whole fragment with its media bytes.</summary>
    public static void Write(IBufferWriter<byte> into, uint sequence, ReadOnlySpan<TrackSamples> tracks, ProducerTime? captured = null)
    {
        WriteHead(into, sequence, tracks, captured);
        foreach (var track in tracks)
        {
            foreach (var sample in track.Samples.Span)
            {
                into.Write(sample.Payload.Span);
            }
        }
    }

    /// <summary>
    /// Everything but the media bytes: these must follow at once, track by track in the order given, sample by sample. For writers
    /// that gather instead of copying. Returns the number of media bytes.
    /// </summary>
    public static long WriteHead(IBufferWriter<byte> into, uint sequence, ReadOnlySpan<TrackSamples> tracks, ProducerTime? captured = null)
    {
        var samples = 0;
        foreach (var track in tracks)
        {
            samples += track.Samples.Length;
        }

        var writer = new BoxWriter(256 + (16 * samples));
        try
        {
            var payload = Write(ref writer, sequence, tracks, captured);
            writer.CopyTo(into);
            return payload;
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static long Write(ref BoxWriter writer, uint sequence, ReadOnlySpan<TrackSamples> tracks, ProducerTime? captured)
    {
        if (captured is { } at)
        {
            WriteProducerTime(ref writer, at);
        }

        Span<int> offsets = stackalloc int[tracks.Length];
        var moof = writer.Begin("moof"u8);
        var mfhd = writer.BeginFull("mfhd"u8, 0, 0);
        writer.U32(sequence);
        writer.End(mfhd);
        for (var i = 0; i < tracks.Length; i++)
        {
            offsets[i] = WriteTrack(ref writer, tracks[i]);
        }

        writer.End(moof);
        long payload = 0;
        var head = writer.Length - moof;
        for (var i = 0; i < tracks.Length; i++)
        {
            writer.PatchU32(offsets[i], checked((uint)(head + 8 + payload)));
            foreach (var sample in tracks[i].Samples.Span)
            {
                payload += sample.Payload.Length;
            }
        }

        if (payload + 8 > int.MaxValue)
        {
            throw new UnreachableException("A fragment of more than 2 GB: the caller cuts by time and bounds its buffers.");
        }

        writer.U32((uint)(payload + 8));
        writer.Bytes("mdat"u8);
        return payload;
    }

    private static void WriteProducerTime(ref BoxWriter writer, ProducerTime at)
    {
        // Flags 24: the time is that of capture, and consistent over the fragments of this track.
        var prft = writer.BeginFull("prft"u8, 1, 24);
        writer.U32((uint)at.TrackId);
        writer.U64(ProducerTime.ToNtp(at.WallClock));
        writer.U64((ulong)at.MediaTime);
        writer.End(prft);
    }

    /// <summary>Returns where the data offset stands, to be patched when the size of the moof is known.</summary>
    private static int WriteTrack(ref BoxWriter writer, in TrackSamples track)
    {
        var samples = track.Samples.Span;
        var first = samples.IsEmpty ? default : samples[0];
        bool sameDuration = true, sameSize = true, sameRest = true, offsets = false;
        for (var i = 0; i < samples.Length; i++)
        {
            sameDuration &= samples[i].Duration == first.Duration;
            sameSize &= samples[i].Payload.Length == first.Payload.Length;
            sameRest &= i < 2 || samples[i].IsSync == samples[1].IsSync;
            offsets |= samples[i].CompositionOffset != 0;
        }

        var rest = samples.Length > 1 ? samples[1].IsSync : first.IsSync;
        var traf = writer.Begin("traf"u8);

        var tfhd = writer.BeginFull(
            "tfhd"u8, 0, DefaultBaseIsMoof | DefaultFlags | (sameDuration ? DefaultDuration : 0) | (sameSize ? DefaultSize : 0));
        writer.U32((uint)track.TrackId);
        if (sameDuration)
        {
            writer.U32(first.Duration);
        }

        if (sameSize)
        {
            writer.U32((uint)first.Payload.Length);
        }

        writer.U32(FlagsOf(rest));
        writer.End(tfhd);

        var tfdt = writer.BeginFull("tfdt"u8, 1, 0);
        writer.U64((ulong)Math.Max(0, track.BaseDecodeTime));
        writer.End(tfdt);

        var firstDiffers = sameRest && first.IsSync != rest;
        var trun = writer.BeginFull(
            "trun"u8,
            1,
            DataOffset | (firstDiffers ? FirstSampleFlags : 0) | (sameDuration ? 0 : SampleDuration) | (sameSize ? 0 : SampleSize)
            | (sameRest ? 0 : SampleFlags) | (offsets ? SampleOffsets : 0));
        writer.U32((uint)samples.Length);
        var offsetAt = writer.Length;
        writer.U32(0);
        if (firstDiffers)
        {
            writer.U32(FlagsOf(first.IsSync));
        }

        foreach (var sample in samples)
        {
            if (!sameDuration)
            {
                writer.U32(sample.Duration);
            }

            if (!sameSize)
            {
                writer.U32((uint)sample.Payload.Length);
            }

            if (!sameRest)
            {
                writer.U32(FlagsOf(sample.IsSync));
            }

            if (offsets)
            {
                writer.I32(sample.CompositionOffset);
            }
        }

        writer.End(trun);
        writer.End(traf);
        return offsetAt;
    }

    private static uint FlagsOf(bool isSync) => isSync ? Sync : NotSync;
}
