using System.Buffers.Binary;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>
/// What H.264 and H.265 have in common: NAL units become access units. A unit ends at the marker, at a new time stamp, or at a NAL
/// unit that can only begin the next (H.264 §7.4.1.2.3, H.265 §7.4.2.4.4). Parameter sets go to the format and not into the unit;
/// a unit that lost a part is dropped whole.
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

        /// <summary>Stays out but for its content, and begins another access unit.</summary>
        ParameterSet,

        /// <summary>Stays in, and begins another access unit: SEI before a picture.</summary>
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
        formatStale |= Store(nal);
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
        var nal = buffer.Unit[(begin + LengthBytes)..];
        if (nal.IsEmpty)
        {
            buffer.Truncate(begin);
            return;
        }

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

        if (hasSlice && role is NalRole.ParameterSet or NalRole.Prefix or NalRole.Delimiter or NalRole.FirstSlice)
        {
            EmitUnit(begin);
            begin = 0;
            nal = buffer.Unit[LengthBytes..];
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
        Note(nal, role);
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
            EmitUnit(buffer.Length);
        }
    }

    private void EmitUnit(int length)
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
    }

    private void ClearUnit()
    {
        buffer.Truncate(0);
        TakeKeyFrame();
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
