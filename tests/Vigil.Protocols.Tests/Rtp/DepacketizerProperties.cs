using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Tests.Rtp;

/// <summary>What goes in comes out: arbitrary units through our packetizer (which sends only strict forms) and back; and garbage is survived.</summary>
public sealed class DepacketizerProperties
{
    private static readonly byte[] Sps264 = Convert.FromHexString("6764000bacd9428df93011000003000100000300320f142996");
    private static readonly byte[] Pps264 = Convert.FromHexString("68eae094b22c");
    private static readonly byte[] Vps265 = Convert.FromHexString("40010c01ffff01600000030090000003000003001e959409");
    private static readonly byte[] Sps265 = Convert.FromHexString("420101016000000300900000030000030078a003c08010e5964a924caf016808000003000800000300f040");
    private static readonly byte[] Pps265 = Convert.FromHexString("4401c172b46240");

    private static readonly Arbitrary<(int MaxPayload, List<List<byte[]>> Units)> Videos =
        (from maxPayload in Gen.Choose(20, 1500)
         from units in Gen.ListOf(Gen.NonEmptyListOf(Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b))))
         select (maxPayload, units.Select(u => u.ToList()).ToList())).ToArbitrary();

    [Fact]
    public void Arbitrary_H264_units_come_back() => Prop.ForAll(Videos, input =>
    {
        var units = input.Units.Select(u => u.Select((body, i) => (byte[])[i == 0 ? (byte)0x65 : (byte)0x61, i == 0 ? (byte)0x88 : (byte)0x40, .. body, 0x80]).ToList()).ToList();
        var packetizer = new Packetizer(96, input.MaxPayload);
        var output = DepacketizerPush.Make(Codec.H264)
            .PushAll(units.SelectMany((u, i) => packetizer.H264(i == 0 ? [Sps264, Pps264, .. u] : u, (uint)i * 3600)));
        return Same(units, output);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Arbitrary_H265_units_come_back() => Prop.ForAll(Videos, ArbMap.Default.ArbFor<bool>(), (input, don) =>
    {
        var units = input.Units.Select(u => u.Select((body, i) => (byte[])[i == 0 ? (byte)0x26 : (byte)0x02, 1, i == 0 ? (byte)0x80 : (byte)0x40, .. body, 0x80]).ToList()).ToList();
        var packetizer = new Packetizer(96, input.MaxPayload);
        var output = DepacketizerPush.Make(Codec.H265, fmtp: ("sprop-max-don-diff", don ? "9" : "0"))
            .PushAll(units.SelectMany((u, i) => packetizer.H265(i == 0 ? [Vps265, Sps265, Pps265, .. u] : u, (uint)i * 3600, don)));
        return Same(units, output);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Arbitrary_AAC_frames_come_back() => Prop.ForAll(Videos, input =>
    {
        // A frame never looks like one with an ADTS header.
        var groups = input.Units.Select(u => u.Take(20).Select(body => (byte[])[0x21, .. body]).ToList()).ToList();
        var packetizer = new Packetizer(96, input.MaxPayload);
        var depacketizer = DepacketizerPush.Make(Codec.Aac, 48_000, 2, "", ("config", "1190"));
        var output = depacketizer.PushAll(groups.SelectMany((g, i) => packetizer.Aac(g, (uint)(i * 100_000))));
        return output.Select(u => Convert.ToHexString(u.Payload.Span)).SequenceEqual(groups.SelectMany(g => g).Select(Convert.ToHexString))
            && output.Select(u => u.Timestamp).SequenceEqual(groups.SelectMany((g, i) => g.Select((_, j) => (i * 100_000L) + (j * 1024L))));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Arbitrary_scans_come_back_as_JPEG() => Prop.ForAll(Videos, input =>
    {
        var scans = input.Units.Select(u => (byte[])[1, .. u.SelectMany(b => b), 2]).ToList();
        var packetizer = new Packetizer(96, Math.Max(200, input.MaxPayload));
        var output = DepacketizerPush.Make(Codec.Mjpeg).PushAll(scans.SelectMany((scan, i) =>
            packetizer.Jpeg(new JpegParts(65, 320, 240, new byte[128], scan, 4), (uint)i * 3600)));
        return output.Count == scans.Count && output.Zip(scans).All(p => p.First.Payload.Span.EndsWith((byte[])[.. p.Second, 0xFF, 0xD9]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_lost_costs_whole_units_and_nothing_comes_out_damaged()
    {
        var drops = ArbMap.Default.ArbFor<bool[]>();
        Prop.ForAll(Videos, drops, (input, lost) =>
        {
            var units = input.Units.Select(u => u.Select((body, i) => (byte[])[i == 0 ? (byte)0x65 : (byte)0x61, i == 0 ? (byte)0x88 : (byte)0x40, .. body, 0x80]).ToList()).ToList();
            var packetizer = new Packetizer(96, input.MaxPayload);
            var depacketizer = DepacketizerPush.Make(Codec.H264);
            depacketizer.PushAll(packetizer.H264([Sps264, Pps264, [0x65, 0x88, 1]], 0));
            var packets = units.SelectMany((u, i) => packetizer.H264(u, (uint)(i + 1) * 3600)).ToList();
            var output = depacketizer.PushAll(packets.Where((_, i) => lost.Length == 0 || !lost[i % lost.Length]));
            return output.All(u => u.Timestamp % 3600 == 0 && Text(u.Nals()) == Text(units[(int)(u.Timestamp / 3600) - 1]));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Garbage_is_survived_by_every_depacketizer()
    {
        var random = new Random(7);
        foreach (var codec in Enum.GetValues<Codec>())
        {
            var depacketizer = DepacketizerPush.Make(codec, codec == Codec.Aac ? 48_000 : 90_000, 1);
            var bytes = new byte[200];
            for (var i = 0; i < 20_000; i++)
            {
                random.NextBytes(bytes);
                bytes[0] = 0x80;
                bytes[1] = (byte)(96 | (bytes[1] & 0x80));
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)i);
                RtpPacket.TryParse(bytes.AsSpan(0, 12 + random.Next(188)), out var packet).ShouldBe(RtpParseError.None);
                depacketizer.Push(packet);
                while (depacketizer.TryTake(out _))
                {
                }
            }
        }
    }

    private static bool Same(List<List<byte[]>> units, List<AccessUnit> output) =>
        units.Count == output.Count && units.Zip(output).All(p => Text(p.First) == Text(p.Second.Nals()));

    private static string Text(List<byte[]> nals) => string.Join(' ', nals.Select(Convert.ToHexString));
}
