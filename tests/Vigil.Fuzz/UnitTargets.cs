using System.Buffers.Binary;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;
using static Vigil.Fuzz.BrokenPromiseException;

namespace Vigil.Fuzz;

/// <summary>
/// Depacketizers. An input is a run of records: one byte of flags (1 marker, 2 new time stamp, 4 a packet lost before), one byte of
/// payload length, the payload.
/// </summary>
internal static class UnitTargets
{
    public static IEnumerable<Target> Depacketizers()
    {
        yield return Make("h264", Codec.H264, [], Records(
            [24, 0, 27, .. Targets.Hex("67640028acb200f0044fcb8088000003000800000301e078c19240"), 0, 6, .. Targets.Hex("68eae094b22c")],
            [0x65, 0x88, 1, 2, 3], [0x5C, 0x81, 0x9A, 1], [0x5C, 1, 2], [0x5C, 0x41, 3], [0x06, 6, 1, 0xC4, 0x80], [0x41, 0x9A, 7]));
        foreach (var don in (string[])["0", "2"])
        {
            yield return Make("h265" + (don == "0" ? "" : "-don"), Codec.H265, [("sprop-max-don-diff", don)], Records(
                Targets.Hex("40010c01ffff01600000030090000003000003001e959409"),
                Targets.Hex("42010102200000030090000003000003005da00280802d9f2365959a4932bc05a020000003002000000303c1"),
                Targets.Hex("4401c172b46240"),
                [0x26, 1, 0xAF, 1, 2], [0x60, 1, 0, 0, 0, 5, 2, 1, 0xD0, 4, 5, 0, 0, 4, 2, 1, 0x50, 6], [0x62, 1, 0x81, 0xD0, 1], [0x62, 1, 1, 2], [0x62, 1, 0x41, 3]));
        }

        yield return Make("aac-hbr", Codec.Aac, [("config", "1190")], Records(
            [0, 32, 0, 24, 0, 16, 1, 2, 3, 4, 5], [0, 16, 0, 80, 1, 2, 3, 4, 5], [0, 16, 0, 80, 1, 2, 3, 4, 5]));
        yield return Make("aac-wide", Codec.Aac,
            [("config", "1190"), ("auxiliarydatasizelength", "8"), ("ctsdeltalength", "7"), ("dtsdeltalength", "5"), ("randomaccessindication", "1"), ("streamstateindication", "2")],
            Records([0, 44, 0, 2, 0, 1, 0x55, 0x80, 5, 8, 1, 2, 3]));
        yield return Make("latm", Codec.Aac, [("cpresent", "0"), ("config", "400023203fc0")], Records([3, 1, 2, 3], [255, 2, 1, 2], [0]), "MP4A-LATM");
        yield return Make("jpeg-rtp", Codec.Mjpeg, [], Records(
            [0, 0, 0, 0, 65, 255, 20, 12, 0, 4, 0xFF, 0xFF, 0, 0, 0, 64, .. new byte[64], 1, 2, 3],
            [0, 0, 0, 3, 65, 255, 20, 12, 0, 4, 0xFF, 0xFF, 4, 5], [0, 0, 0, 0, 1, 80, 20, 12, 9, 9], [0, 0, 0, 0, 0, 200, 20, 12, 0, 3, 0, 0, 7]));
        yield return Make("opus", Codec.Opus, [], Records([0x78, 1, 2], [0xFF, 0x83, 1], []));
        yield return Make("g711", Codec.PcmA, [], Records([1, 2, 3], []));
    }

    public static void CheckUnit(in AccessUnit unit)
    {
        Unless(unit.Payload.Length > 0, "a unit is not empty");
        if (unit.Format.Codec is not (Codec.H264 or Codec.H265))
        {
            return;
        }

        Unless(unit.Format.Width > 0 && unit.Format.Config.Length > 0, "a unit has a format");
        var rest = unit.Payload.Span;
        while (!rest.IsEmpty)
        {
            Unless(rest.Length > 4, "a length prefix is whole");
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            Unless(length > 0 && length <= rest.Length - 4, "a length prefix leads to the next");
            rest = rest[(4 + (int)length)..];
        }
    }

    private static byte[] Records(params ReadOnlySpan<byte[]> payloads)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < payloads.Length; i++)
        {
            bytes.AddRange([(byte)(i % 3 == 2 ? 3 : i == payloads.Length - 1 ? 1 : 0), (byte)payloads[i].Length, .. payloads[i]]);
        }

        return [.. bytes];
    }

    private static Target Make(string name, Codec codec, (string Name, string Value)[] fmtp, byte[] seed, string encoding = "") => new(name, [seed], input =>
    {
        var depacketizer = Depacketizer.Create(new RtpTrackDescription
        {
            Codec = codec,
            PayloadType = 96,
            ClockRate = codec == Codec.Aac ? 48_000 : 90_000,
            Channels = 2,
            EncodingName = encoding,
            Fmtp = fmtp.ToDictionary(p => p.Name, p => p.Value),
        }) ?? throw new BrokenPromiseException("the description is good");
        var packet = new byte[12 + 255];
        packet[0] = 0x80;
        ushort sequence = 65_500;
        uint timestamp = 0xFFFF_8000;
        ReadOnlySpan<byte> rest = input;
        while (rest.Length >= 2)
        {
            var length = Math.Min(rest[1], rest.Length - 2);
            sequence += (ushort)((rest[0] & 4) != 0 ? 2 : 1);
            timestamp += (rest[0] & 2) != 0 ? 3600u : 0;
            packet[1] = (byte)(96 | ((rest[0] & 1) << 7));
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), timestamp);
            rest.Slice(2, length).CopyTo(packet.AsSpan(12));
            Unless(RtpPacket.TryParse(packet.AsSpan(0, 12 + length), out var view) == RtpParseError.None, "the packet is good");
            depacketizer.Push(view);
            while (depacketizer.TryTake(out var unit))
            {
                CheckUnit(unit);
            }

            rest = rest[(2 + length)..];
        }
    });
}
