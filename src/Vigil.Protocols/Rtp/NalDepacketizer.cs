using System.Buffers.Binary;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>
/// What H.264 and H.265 have in common: NAL units become access units. A unit ends at the marker, at a new time stamp, at a delimiter,
/// or at the first slice of another picture. Parameter sets go to the format and not into the unit; a unit that lost a part is
/// dropped whole.
/// </summary>
internal abstract class NalDepacketizer : Depacketizer
{
    private const int LengthBytes = 4;

    /// <summary>Half a second of a 4 Mbit/s camera; past the large-object threshold, so that the collector never moves it.</summary>
    private const int ChunkBytes = 256 * 1024;

    private readonly UnitBuffer buffer = new(ChunkBytes);
    private int nalStart = -1;
    private long timestamp;
    private long unitTimestamp;
    private long? closedTimestamp;
    private bool hasSlice;
    private bool damaged;
    private bool afterGap = true;
    private bool markersLie;
    private bool formatStale;

    /// <summary>Where SEI begins that came behind a slice: it belongs to the next picture if a first slice follows; −1 without any.</summary>
    private int tailStart = -1;

    /// <summary>Parameter sets came behind a slice; whose they are is seen later. GStreamer sends them before every slice of an IDR.</summary>
    private bool setsBehindSlice;
    private bool formatStaleBehindSlice;

    private protected NalDepacketizer(RtpTrackDescription description)
        : base(description)
    {
        ClockRate = description.ClockRate;
    }

    /// <summary>What a NAL unit is to its access unit.</summary>
    private protected enum NalRole
    {
        /// <summary>Stays out: filler, layers and types that Vigil does not carry.</summary>
        Left,

        /// <summary>Stays out, and begins another access unit: a delimiter or an end of sequence.</summary>
        Delimiter,

        /// <summary>Stays out but for its content.</summary>
        ParameterSet,

        /// <summary>Stays in, before the picture that follows: SEI.</summary>
        Prefix,

        /// <summary>Stays in, wherever it stands: SEI after a picture.</summary>
        Suffix,

        /// <summary>The first slice of a picture.</summary>
        FirstSlice,

        /// <summary>A further slice of the picture.</summary>
        Slice,
    }

    private protected int ClockRate { get; }

    private protected bool NalOpen => nalStart >= 0;

    /// <summary>Ends the unit that is open, as at the end of a stream.</summary>
    internal void Flush() => FinishUnit();

    /// <summary>One whole NAL unit that came without RTP (Annex B).</summary>
    internal void AcceptNal(ReadOnlySpan<byte> nal) => AddNal(nal);

    private protected sealed override void Accept(in RtpPacket packet, long packetTimestamp)
    {
        if (packetTimestamp != timestamp)
        {
            FinishUnit();
            timestamp = packetTimestamp;
        }

        if (packet.Payload.IsEmpty)
        {
            return; // Some cameras keep the connection alive so.
        }

        if (!Unpack(packet.Payload))
        {
            Stats.MalformedPackets++;
            AbandonNal();
            Damage();
        }

        // The end bit of a fragment is believed before the marker: while a fragment is open, the marker is wrong.
        if (packet.Marker && !markersLie && !NalOpen)
        {
            setsBehindSlice = false;
            FinishUnit();
        }
    }

    private protected sealed override void Interrupted()
    {
        AbandonNal();
        if (hasSlice)
        {
            Stats.DroppedUnits++;
        }

        ClearUnit();
        afterGap = true;
    }

    /// <summary>Takes one RTP payload apart into NAL units. False when it is malformed.</summary>
    private protected abstract bool Unpack(ReadOnlySpan<byte> payload);

    /// <summary>What a NAL unit (never empty) is; changes nothing.</summary>
    private protected abstract NalRole Classify(ReadOnlySpan<byte> nal);

    /// <summary>Notes that parameter sets stand before the picture that comes.</summary>
    private protected virtual void NoteParameterSets()
    {
    }

    /// <summary>Keeps a parameter set. True when it is new.</summary>
    private protected abstract bool Store(ReadOnlySpan<byte> nal);

    /// <summary>Notes what a slice or SEI says of random access.</summary>
    private protected abstract void Note(ReadOnlySpan<byte> nal, NalRole role);

    /// <summary>Whether the unit that ends now is a key frame, by what was noted; forgets it.</summary>
    private protected abstract bool TakeKeyFrame();

    /// <summary>The format that the parameter sets known now make; null when some are missing.</summary>
    private protected abstract TrackFormat? BuildFormat();

    /// <summary>A parameter set from SDP or from the stream: the format follows with the next key frame, or at once if it is the first.</summary>
    private protected void AddParameterSet(ReadOnlySpan<byte> nal)
    {
        var changed = Store(nal);
        if (hasSlice)
        {
            setsBehindSlice = true;
            formatStaleBehindSlice |= changed;
            return;
        }

        formatStale |= changed;
        NoteParameterSets();
        if (formatStale && Format is null)
        {
            UpdateFormat();
        }
    }

    private protected void BeginNal()
    {
        if (NalOpen)
        {
            EndNal(); // No packet is missing, so what is missing is the end bit.
        }

        nalStart = buffer.Length;
        buffer.Extend(LengthBytes);
    }

    private protected void Append(ReadOnlySpan<byte> bytes)
    {
        if (buffer.Length + bytes.Length > RtpLimits.MaxAccessUnitBytes)
        {
            AbandonNal();
            ClearUnit();
            Damage();
            return;
        }

        buffer.Append(bytes);
    }

    private protected void EndNal()
    {
        var begin = nalStart;
        nalStart = -1;
        // A NAL unit never ends with a zero (H.264 §7.4.1); ffmpeg leaves one of the next start code on.
        var nal = ((ReadOnlySpan<byte>)buffer.Unit[(begin + LengthBytes)..]).TrimEnd((byte)0);
        if (nal.IsEmpty)
        {
            buffer.Truncate(begin);
            return;
        }

        buffer.Truncate(begin + LengthBytes + nal.Length);

        var role = Classify(nal);
        if (role is NalRole.ParameterSet or NalRole.Prefix or NalRole.Delimiter && AnnexB.ContainsStartCode(nal))
        {
            // A camera that puts several units with start codes into one; a valid one never contains a start code.
            var units = nal.ToArray();
            buffer.Truncate(begin);
            foreach (var unit in AnnexB.Split(units))
            {
                AddNal(unit);
            }

            return;
        }

        if (hasSlice && role is NalRole.Delimiter or NalRole.FirstSlice)
        {
            var cut = tailStart >= 0 ? tailStart : begin;
            EmitUnit(cut, tail: begin - cut);
            begin -= cut;
        }

        switch (role)
        {
            case NalRole.ParameterSet:
                AddParameterSet(nal);
                buffer.Truncate(begin);
                return;
            case NalRole.Left or NalRole.Delimiter:
                buffer.Truncate(begin);
                return;
            case NalRole.FirstSlice or NalRole.Slice:
                AddSlice(role);
                break;
        }

        BinaryPrimitives.WriteInt32BigEndian(buffer.Unit[begin..], nal.Length);
        if (role == NalRole.Prefix && hasSlice)
        {
            tailStart = tailStart < 0 ? begin : tailStart;
        }
        else
        {
            Note(nal, role);
        }
    }

    private protected void AddNal(ReadOnlySpan<byte> nal)
    {
        if (nal.IsEmpty)
        {
            return;
        }

        BeginNal();
        Append(nal);
        if (NalOpen)
        {
            EndNal();
        }
    }

    /// <summary>Drops the NAL unit that is open; what is whole before it stays.</summary>
    private protected void AbandonNal()
    {
        if (NalOpen)
        {
            buffer.Truncate(nalStart);
            nalStart = -1;
        }
    }

    /// <summary>A part of the unit is missing: it will be dropped at its end.</summary>
    private protected void Damage()
    {
        damaged = true;
        NoteLoss();
    }

    private void AddSlice(NalRole role)
    {
        if (!hasSlice)
        {
            hasSlice = true;
            unitTimestamp = timestamp;
            if (role == NalRole.Slice && afterGap)
            {
                Damage(); // The picture began in what was lost.
            }
            else if (role == NalRole.Slice && closedTimestamp == timestamp)
            {
                // The marker stood in the middle of a picture: from now on only time stamps and NAL units end one.
                markersLie = true;
                Stats.WrongMarkers++;
                Damage();
            }
        }

        if (role == NalRole.Slice)
        {
            // What stood between slices was of this picture.
            tailStart = -1;
            setsBehindSlice = false;
        }

        afterGap = false;
    }

    private void FinishUnit()
    {
        if (NalOpen)
        {
            EndNal();
        }

        // Parameter sets and SEI alone are no access unit, whatever marker or time stamp they bear: they wait for their picture.
        if (hasSlice || damaged)
        {
            EmitUnit(buffer.Length, tail: 0);
        }
    }

    /// <summary>Ends the unit after <paramref name="length"/> bytes; <paramref name="tail"/> bytes behind them are SEI of the next.</summary>
    private void EmitUnit(int length, int tail)
    {
        var key = TakeKeyFrame();
        if (formatStale && (key || Format is null))
        {
            UpdateFormat();
        }

        var payload = buffer.Take(length);
        if (damaged || Format is null)
        {
            Stats.DroppedUnits++;
        }
        else
        {
            Emit(Format, unitTimestamp, key, payload);
        }

        hasSlice = false;
        damaged = false;
        closedTimestamp = timestamp;
        formatStale |= formatStaleBehindSlice;
        formatStaleBehindSlice = false;
        if (setsBehindSlice)
        {
            NoteParameterSets();
        }

        NoteTail(tail);
    }

    /// <summary>SEI behind a slice: only now is it known to belong to the next picture.</summary>
    private void NoteTail(int length)
    {
        ReadOnlySpan<byte> tail = buffer.Unit[..length];
        while (!tail.IsEmpty)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(tail); // We wrote it.
            Note(tail.Slice(LengthBytes, size), NalRole.Prefix);
            tail = tail[(LengthBytes + size)..];
        }

        tailStart = -1;
        setsBehindSlice = false;
    }

    private void ClearUnit()
    {
        buffer.Truncate(0);
        TakeKeyFrame();
        tailStart = -1;
        formatStale |= formatStaleBehindSlice;
        formatStaleBehindSlice = false;
        hasSlice = false;
        damaged = false;
    }

    private void UpdateFormat()
    {
        if (BuildFormat() is { } built)
        {
            formatStale = false;
            if (built != Format)
            {
                Format = built;
            }
        }
    }
}
