using System.Buffers.Binary;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>RFC 6184, packetization modes 0 and 1: single NAL units (§5.6), STAP-A (§5.7.1) and FU-A (§5.8).</summary>
internal sealed class H264Depacketizer : NalDepacketizer
{
    private const int StapA = 24;
    private const int FuA = 28;

    /// <summary>A stream that shows no IDR for so long (12 s at 25 fps) refreshes bit by bit, and its recovery points must do as key frames.</summary>
    private const int UnitsWithoutIdr = 300;

    private readonly ParameterSets sps = new(CodecLimits.MaxSpsCount);
    private readonly ParameterSets pps = new(CodecLimits.MaxPpsCount);
    private int recoveryCount = -1;
    private bool idr;
    private bool setsSeen;
    private bool allIntra = true;
    private int unitsSinceIdr = UnitsWithoutIdr;

    public H264Depacketizer(RtpTrackDescription description)
        : base(description)
    {
        // RFC 6184 §8.1: parameter sets in base64, comma separated.
        foreach (var nal in Sprop.Decode(description.Fmtp, "sprop-parameter-sets"))
        {
            if (nal.Length > 0 && Classify(nal) == NalRole.ParameterSet)
            {
                AddParameterSet(nal);
            }
        }

        setsSeen = false;
    }

    private protected override bool Unpack(ReadOnlySpan<byte> payload)
    {
        switch (H264Nal.TypeOf(payload[0]))
        {
            case >= 1 and < StapA:
                AddNal(payload);
                return true;
            case StapA:
                return UnpackStap(payload[1..]);
            case FuA:
                return UnpackFragment(payload);
            case 0 when AnnexB.ContainsStartCode(payload[..Math.Min(payload.Length, 4)]):
                foreach (var nal in AnnexB.Split(payload))
                {
                    AddNal(nal);
                }

                return true;
            default:
                return false; // STAP-B, MTAP and FU-B belong to the interleaved mode, which no camera sends.
        }
    }

    private protected override NalRole Classify(ReadOnlySpan<byte> nal) => H264Nal.TypeOf(nal[0]) switch
    {
        // first_mb_in_slice is ue(v): its first bit is set exactly when it is 0.
        H264Nal.Slice or H264Nal.PartitionA or H264Nal.IdrSlice => nal.Length > 1 && (nal[1] & 0x80) != 0 ? NalRole.FirstSlice : NalRole.Slice,
        > H264Nal.PartitionA and <= H264Nal.PartitionC => NalRole.Suffix,
        H264Nal.Sei => NalRole.Prefix,
        H264Nal.Sps or H264Nal.Pps => NalRole.ParameterSet,
        H264Nal.Delimiter or 10 or 11 => NalRole.Delimiter,
        _ => NalRole.Left,
    };

    private protected override bool Store(ReadOnlySpan<byte> nal)
    {
        if (nal.Length > CodecLimits.MaxParameterSetBytes)
        {
            return false;
        }

        if (H264Nal.TypeOf(nal[0]) == H264Nal.Sps)
        {
            return !sps.Known(nal) && H264Sps.TryParse(nal, out var parsed) == SpsParseError.None && sps.Store(parsed.Id, nal);
        }

        var bits = new BitReader(nal[1..], escaped: true);
        var id = bits.Ue();
        return !bits.Overrun && id <= 255 && pps.Store((int)id, nal);
    }

    private protected override void NoteParameterSets() => setsSeen = true;

    private protected override void Note(ReadOnlySpan<byte> nal, NalRole role)
    {
        if (role == NalRole.Prefix)
        {
            recoveryCount = Math.Max(recoveryCount, H264Nal.RecoveryPoint(nal));
        }
        else if (H264Nal.TypeOf(nal[0]) == H264Nal.IdrSlice)
        {
            idr = true;
        }
        else if (setsSeen && allIntra)
        {
            allIntra = H264Nal.IsIntraSlice(nal);
        }
    }

    private protected override bool TakeKeyFrame()
    {
        // An I picture right behind parameter sets is where cameras without IDR (open groups of pictures) mean a decoder to begin.
        var key = idr || recoveryCount == 0 || (setsSeen && allIntra) || (recoveryCount > 0 && unitsSinceIdr >= UnitsWithoutIdr);
        unitsSinceIdr = idr ? 0 : Math.Min(unitsSinceIdr + 1, UnitsWithoutIdr);
        idr = false;
        setsSeen = false;
        allIntra = true;
        recoveryCount = -1;
        return key;
    }

    private protected override TrackFormat? BuildFormat() => H264Config.ToFormat(sps.List, pps.List, ClockRate);

    private bool UnpackStap(ReadOnlySpan<byte> rest)
    {
        while (rest.Length >= 2)
        {
            var size = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (size > rest.Length - 2)
            {
                return false;
            }

            AddNal(rest.Slice(2, size)); // A size of 0 is skipped: some cameras pad so.
            rest = rest[(2 + size)..];
        }

        return rest.IsEmpty;
    }

    private bool UnpackFragment(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2)
        {
            return false;
        }

        var fragment = payload[1];
        if ((fragment & 0x80) != 0)
        {
            BeginNal();
            Append([(byte)((payload[0] & 0xE0) | (fragment & 0x1F))]);
        }
        else if (!NalOpen)
        {
            Damage(); // Its beginning was lost, or too big, or before we came.
            return true;
        }

        Append(payload[2..]);
        if ((fragment & 0x40) != 0 && NalOpen)
        {
            EndNal();
        }

        return true;
    }
}
