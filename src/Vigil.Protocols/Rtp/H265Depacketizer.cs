using System.Buffers.Binary;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>
/// RFC 7798: single NAL units (§4.4.1), aggregation packets (§4.4.2) and fragmentation units (§4.4.3). With sprop-max-don-diff the
/// decoding order numbers are stepped over: packets are taken to come in decoding order.
/// </summary>
internal sealed class H265Depacketizer : NalDepacketizer
{
    private const int Aggregation = 48;
    private const int Fragmentation = 49;

    private readonly ParameterSets vps = new(16);
    private readonly ParameterSets sps = new(16);
    private readonly ParameterSets pps = new(CodecLimits.MaxPpsCount);
    private readonly bool hasDon;
    private bool irap;

    public H265Depacketizer(RtpTrackDescription description)
        : base(description)
    {
        hasDon = description.Fmtp.TryGetValue("sprop-max-don-diff", out var diff) && diff.Trim() is not ("" or "0");
        foreach (var name in (ReadOnlySpan<string>)["sprop-vps", "sprop-sps", "sprop-pps"])
        {
            foreach (var nal in Sprop.Decode(description.Fmtp, name))
            {
                if (nal.Length > H265Nal.HeaderLength && Classify(nal) == NalRole.ParameterSet)
                {
                    AddParameterSet(nal);
                }
            }
        }
    }

    private protected override bool Unpack(ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= H265Nal.HeaderLength)
        {
            return false;
        }

        switch (H265Nal.TypeOf(payload[0]))
        {
            case Aggregation:
                return UnpackAggregation(payload[H265Nal.HeaderLength..]);
            case Fragmentation:
                return UnpackFragment(payload);
            case 0 when AnnexB.ContainsStartCode(payload[..Math.Min(payload.Length, 4)]):
                foreach (var nal in AnnexB.Split(payload))
                {
                    AddNal(nal);
                }

                return true;
            case < Aggregation when hasDon:
                if (payload.Length <= H265Nal.HeaderLength + 2)
                {
                    return false;
                }

                // §4.4.1: the DONL field stands between the header and the rest.
                BeginNal();
                Append(payload[..H265Nal.HeaderLength]);
                Append(payload[(H265Nal.HeaderLength + 2)..]);
                if (NalOpen)
                {
                    EndNal();
                }

                return true;
            case < Aggregation:
                AddNal(payload);
                return true;
            default:
                return false; // PACI (§4.4.4) and what is not defined.
        }
    }

    private protected override NalRole Classify(ReadOnlySpan<byte> nal)
    {
        // Only the base layer: nuh_layer_id 0.
        if (nal.Length < H265Nal.HeaderLength || (nal[0] & 1) != 0 || nal[1] >> 3 != 0)
        {
            return NalRole.Left;
        }

        return H265Nal.TypeOf(nal[0]) switch
        {
            // first_slice_segment_in_pic_flag is the first bit.
            <= 9 or (>= H265Nal.FirstIrap and <= 21) => nal.Length > 2 && (nal[2] & 0x80) != 0 ? NalRole.FirstSlice : NalRole.Slice,
            H265Nal.Vps or H265Nal.Sps or H265Nal.Pps => NalRole.ParameterSet,
            H265Nal.Delimiter or 36 or 37 => NalRole.Delimiter,
            H265Nal.PrefixSei => NalRole.Prefix,
            H265Nal.SuffixSei => NalRole.Suffix,
            _ => NalRole.Left,
        };
    }

    private protected override bool Store(ReadOnlySpan<byte> nal)
    {
        if (nal.Length > CodecLimits.MaxParameterSetBytes)
        {
            return false;
        }

        switch (H265Nal.TypeOf(nal[0]))
        {
            case H265Nal.Vps:
                return nal.Length > H265Nal.HeaderLength && vps.Store(nal[2] >> 4, nal);
            case H265Nal.Sps:
                return !sps.Known(nal) && H265Sps.TryParse(nal, out var parsed) == SpsParseError.None && sps.Store(parsed.Id, nal);
            default:
                var bits = new BitReader(nal[H265Nal.HeaderLength..], escaped: true);
                var id = bits.Ue();
                return !bits.Overrun && id <= 63 && pps.Store((int)id, nal);
        }
    }

    private protected override void Note(ReadOnlySpan<byte> nal, NalRole role)
    {
        irap |= role is NalRole.FirstSlice or NalRole.Slice && H265Nal.IsIrap(H265Nal.TypeOf(nal[0]));
    }

    private protected override bool TakeKeyFrame()
    {
        var key = irap;
        irap = false;
        return key;
    }

    private protected override TrackFormat? BuildFormat() => H265Config.ToFormat(vps.List, sps.List, pps.List, ClockRate);

    private bool UnpackAggregation(ReadOnlySpan<byte> rest)
    {
        // With DONL the first unit has two bytes before its size, each further one a byte (DOND).
        var order = hasDon ? 2 : 0;
        while (!rest.IsEmpty)
        {
            if (rest.Length < order + 2 || BinaryPrimitives.ReadUInt16BigEndian(rest[order..]) is var size && size > rest.Length - order - 2)
            {
                return false;
            }

            AddNal(rest.Slice(order + 2, size));
            rest = rest[(order + 2 + size)..];
            order = hasDon ? 1 : 0;
        }

        return true;
    }

    private bool UnpackFragment(ReadOnlySpan<byte> payload)
    {
        var fragment = payload[2];
        var data = payload[3..];
        if ((fragment & 0x80) != 0)
        {
            if (hasDon)
            {
                if (data.Length < 2)
                {
                    return false;
                }

                data = data[2..];
            }

            BeginNal();
            Append([(byte)((payload[0] & 0x81) | ((fragment & 0x3F) << 1)), payload[1]]);
        }
        else if (!NalOpen)
        {
            Damage();
            return true;
        }

        Append(data);
        if ((fragment & 0x40) != 0 && NalOpen)
        {
            EndNal();
        }

        return true;
    }
}
