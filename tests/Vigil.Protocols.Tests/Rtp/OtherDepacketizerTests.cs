using System.Buffers.Binary;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Tests.Rtp;

public sealed class OtherDepacketizerTests
{
    private static readonly byte[] Vps = Convert.FromHexString("40010c01ffff01600000030090000003000003001e959409");
    private static readonly byte[] Sps = Convert.FromHexString("420101016000000300900000030000030078a003c08010e5964a924caf016808000003000800000300f040");
    private static readonly byte[] Pps = Convert.FromHexString("4401c172b46240");
    private static readonly byte[] Idr = [0x26, 0x01, 0xAF, 1, 2, 3];
    private static readonly byte[] Trail = [0x02, 0x01, 0xD0, 4, 5];
    private static readonly byte[] SecondSegment = [0x02, 0x01, 0x50, 6];
    private static readonly byte[] LayerOne = [0x02, 0x09, 0xD0, 4, 5];

    private readonly Packetizer packets = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void H265_comes_out_with_and_without_decoding_order_numbers(bool don)
    {
        var depacketizer = DepacketizerPush.Make(Codec.H265, fmtp: ("sprop-max-don-diff", don ? "2" : "0"));
        byte[] large = [.. Trail, .. Enumerable.Repeat((byte)9, 100)];
        var units = depacketizer.PushAll([
            .. packets.H265([Vps, Sps, Pps, Idr], 1000, don), .. packets.H265([Trail, SecondSegment, LayerOne], 4600, don)]);
        units.AddRange(depacketizer.PushAll(new Packetizer(96, 40, 65_532).H265([large, SecondSegment], 8200, don)));

        units.Select(u => u.IsKeyFrame).ShouldBe([true, false, false]);
        units.SelectMany(u => u.Nals()).ShouldBe([Idr, Trail, SecondSegment, large, SecondSegment]);
        units[0].Format.Width.ShouldBe(1920);
        depacketizer.Stats.MalformedPackets.ShouldBe(0);
    }

    [Fact]
    public void H265_parameter_sets_from_SDP_make_the_format()
    {
        var depacketizer = DepacketizerPush.Make(
            Codec.H265,
            fmtp: [("sprop-vps", Convert.ToBase64String(Vps)), ("sprop-sps", Convert.ToBase64String(Sps)), ("sprop-pps", Convert.ToBase64String(Pps))]);

        depacketizer.Format!.CodecString.ShouldBe("hvc1.1.6.L120.90");
    }

    [Theory]
    [InlineData("62")]
    [InlineData("6001")]
    [InlineData("60010005AA")]
    [InlineData("6201")]
    [InlineData("6401AA")] // PACI
    public void A_malformed_H265_payload_costs_its_picture_only(string hex)
    {
        var depacketizer = DepacketizerPush.Make(Codec.H265);
        depacketizer.PushAll(packets.H265([Vps, Sps, Pps, Idr], 1000)).Count.ShouldBe(1);
        depacketizer.PushAll([packets.Packet(Trail, 4600, false), packets.Packet(Convert.FromHexString(hex), 4600, true)]).ShouldBeEmpty();
        depacketizer.Stats.MalformedPackets.ShouldBe(1);
        depacketizer.PushAll(packets.H265([Trail], 8200)).ShouldHaveSingleItem().AfterLoss.ShouldBeTrue();
    }

    [Fact]
    public void AAC_survives_loss_in_the_middle_of_a_fragmented_frame()
    {
        var depacketizer = DepacketizerPush.Make(Codec.Aac, 16_000, 1, "", ("config", "1408"));
        var small = new Packetizer(96, 50);
        var frame = Enumerable.Range(0, 200).Select(i => (byte)i).ToArray();
        var whole = small.Aac([frame], 1024);
        var broken = small.Aac([frame], 2048);
        broken.RemoveAt(1);

        var units = depacketizer.PushAll([.. whole, .. broken, .. small.Aac([frame], 3072)]);

        units.Select(u => (u.Timestamp, u.AfterLoss)).ShouldBe([(1024L, false), (3072L, true)]);
        units.ShouldAllBe(u => u.Payload.Length == 200);
    }

    [Fact]
    public void AAC_with_auxiliary_data_and_flags_in_its_headers_is_read()
    {
        var depacketizer = DepacketizerPush.Make(
            Codec.Aac, 48_000, 2, "",
            ("config", "1190"), ("sizelength", "13"), ("indexlength", "3"), ("indexdeltalength", "3"), ("ctsdeltalength", "8"),
            ("randomaccessindication", "1"), ("auxiliarydatasizelength", "8"));
        // Headers of 18 bits (no CTS) and 26 bits (with CTS): sizes 2 and 1; auxiliary section of 5 bits.
        var bits = "0000000000010" + "000" + "0" + "1" + "0000000000001" + "000" + "1" + "10101010" + "1";
        var headers = Enumerable.Range(0, 6).Select(i => Convert.ToByte(bits.PadRight(48, '0').Substring(i * 8, 8), 2)).ToArray();
        var packet = packets.Packet([0, 44, .. headers, 5, 0xF8, 0xA1, 0xA2, 0xB1], 4096, true);

        var units = depacketizer.PushAll([packet]);

        units.Select(u => Convert.ToHexString(u.Payload.Span)).ShouldBe(["A1A2", "B1"]);
        units.Select(u => u.Timestamp).ShouldBe([4096, 5120]);
    }

    [Fact]
    public void An_ADTS_header_left_on_is_taken_off()
    {
        var depacketizer = DepacketizerPush.Make(Codec.Aac, 16_000, 1);
        AudioSpecificConfig.TryParse(depacketizer.Format!.Config.Span, out var config).ShouldBeTrue();
        var frame = new byte[7 + 20];
        AdtsHeader.TryWrite(frame, config, 20).ShouldBeTrue();

        depacketizer.PushAll(packets.Aac([frame], 0)).ShouldHaveSingleItem().Payload.Length.ShouldBe(20);
    }

    [Fact]
    public void AAC_without_a_usable_configuration_is_refused() => Depacketizer.Create(new RtpTrackDescription
    {
        Codec = Codec.Aac,
        PayloadType = 96,
        ClockRate = 90_000,
        Fmtp = new Dictionary<string, string> { ["config"] = "FFFF" },
    }).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0010")]
    [InlineData("001000")]
    [InlineData("0020000800")]
    [InlineData("FFFF0000")]
    [InlineData("0010FFFF")]
    public void A_malformed_AAC_payload_gives_nothing(string hex)
    {
        var depacketizer = DepacketizerPush.Make(Codec.Aac, 16_000, 1, "", ("config", "1408"));
        depacketizer.PushAll([packets.Packet(Convert.FromHexString(hex), 0, true)]).ShouldBeEmpty();
        depacketizer.PushAll(packets.Aac([[1, 2, 3]], 1024)).ShouldHaveSingleItem().Payload.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void LATM_with_its_configuration_in_SDP_is_read()
    {
        // StreamMuxConfig of RFC 6416 §7.3: AAC-LC, 48 kHz, stereo.
        var depacketizer = DepacketizerPush.Make(Codec.Aac, 48_000, 2, "MP4A-LATM", ("cpresent", "0"), ("config", "400023203fc0"));
        depacketizer.Format!.CodecString.ShouldBe("mp4a.40.2");
        var frame = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray();
        byte[] element = [255, 45, .. frame];

        depacketizer.PushAll([packets.Packet(element, 0, true)]).ShouldHaveSingleItem().Payload.ToArray().ShouldBe(frame);
        depacketizer.PushAll([packets.Packet(element.AsSpan(0, 100), 1024, false), packets.Packet(element.AsSpan(100), 1024, true)])
            .ShouldHaveSingleItem().Payload.ToArray().ShouldBe(frame);
        depacketizer.PushAll([packets.Packet([255, 46, .. frame], 2048, true)]).ShouldBeEmpty();
        depacketizer.Stats.MalformedPackets.ShouldBe(1);
    }

    [Fact]
    public void G711_and_Opus_packets_are_frames()
    {
        var alaw = DepacketizerPush.Make(Codec.PcmA, 8000, 1);
        var unit = alaw.PushAll([packets.Packet([1, 2, 3], 160, false), packets.Packet([], 320, false)]).ShouldHaveSingleItem();
        unit.Payload.ToArray().ShouldBe([1, 2, 3]);
        unit.IsKeyFrame.ShouldBeTrue();

        var opus = DepacketizerPush.Make(Codec.Opus, 48_000, 2);
        opus.PushAll([packets.Packet([0x78, 1, 2], 0, true), packets.Packet([0x1B, 6], 960, true)]).Count.ShouldBe(1);
        opus.Stats.MalformedPackets.ShouldBe(1);
        opus.Format!.Channels.ShouldBe(2);
    }

    [Fact]
    public void A_JPEG_with_its_tables_comes_back_as_the_same_picture()
    {
        var picture = FirstJpeg();
        var parts = TakeApart(picture, type: 1);
        var depacketizer = DepacketizerPush.Make(Codec.Mjpeg);
        var unit = depacketizer.PushAll(new Packetizer(96, 500).Jpeg(parts, 1000)).ShouldHaveSingleItem();

        unit.Format.Width.ShouldBe(160);
        unit.Format.Height.ShouldBe(96);
        JpegHeader.TryReadSize(unit.Payload.Span, out var width, out var height).ShouldBeTrue();
        (width, height).ShouldBe((160, 96));
        var rebuilt = TakeApart(unit.Payload.ToArray(), type: 1);
        rebuilt.Scan.ShouldBe(parts.Scan);
        rebuilt.Tables.ShouldBe(parts.Tables);
        var splitter = new JpegSplitter();
        splitter.Push(unit.Payload.Span);
        splitter.TryTake(out var whole).ShouldBeTrue();
        whole.Length.ShouldBe(unit.Payload.Length);
        // The Huffman tables are those of every baseline encoder: ffmpeg wrote the same, in one segment.
        HuffmanOf(unit.Payload.ToArray()).ShouldBe(HuffmanOf(picture));
    }

    [Fact]
    public void A_JPEG_with_restart_intervals_and_cached_tables_is_rebuilt()
    {
        var parts = TakeApart(FirstJpeg(), type: 65) with { RestartInterval = 10 };
        var depacketizer = DepacketizerPush.Make(Codec.Mjpeg);
        depacketizer.PushAll(packets.Jpeg(parts, 1000, q: 200)).Count.ShouldBe(1);
        var unit = depacketizer.PushAll(packets.Jpeg(parts with { Tables = [] }, 4600, q: 200)).ShouldHaveSingleItem();

        unit.Payload.Span.IndexOf<byte>([0xFF, 0xDD, 0, 4, 0, 10]).ShouldBeGreaterThan(0);
        TakeApart(unit.Payload.ToArray(), 65).Tables.ShouldBe(parts.Tables);
        depacketizer.PushAll(packets.Jpeg(parts with { Tables = [] }, 8200, q: 201)).ShouldBeEmpty("the tables of 201 never came");
        depacketizer.PushAll(packets.Jpeg(parts with { Tables = [] }, 11_800, q: 255)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(50, 16, 11, 17)] // as in Annex K
    [InlineData(75, 8, 6, 9)]
    [InlineData(99, 1, 1, 1)] // 0.32 rounds to 0, which is no quantiser
    [InlineData(10, 80, 55, 85)]
    public void A_JPEG_without_tables_has_those_of_its_quality(byte q, byte luma0, byte luma1, byte chroma0)
    {
        var parts = TakeApart(FirstJpeg(), type: 0) with { Tables = [] };
        var depacketizer = DepacketizerPush.Make(Codec.Mjpeg);
        var unit = depacketizer.PushAll(packets.Jpeg(parts, 1000, q)).ShouldHaveSingleItem();

        var tables = TakeApart(unit.Payload.ToArray(), 0).Tables;
        (tables[0], tables[1], tables[64]).ShouldBe((luma0, luma1, chroma0));
        // 4:2:2: the luma component is sampled 2x1.
        unit.Payload.Span.IndexOf<byte>([3, 1, 0x21, 0]).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_JPEG_with_a_hole_is_dropped_and_the_next_says_so()
    {
        var parts = TakeApart(FirstJpeg(), type: 1);
        var small = new Packetizer(96, 500);
        var depacketizer = DepacketizerPush.Make(Codec.Mjpeg);
        depacketizer.PushAll(small.Jpeg(parts, 1000)).Count.ShouldBe(1);
        var broken = small.Jpeg(parts, 4600);
        broken.RemoveAt(2);

        depacketizer.PushAll(broken).ShouldBeEmpty();
        depacketizer.PushAll(small.Jpeg(parts, 8200)).ShouldHaveSingleItem().AfterLoss.ShouldBeTrue();
    }

    [Fact]
    public void A_JPEG_too_wide_for_its_header_has_its_size_in_the_ONVIF_extension()
    {
        byte[] sof = [0xFF, 0xC0, 0, 17, 8, 0x05, 0xA0, 0x0A, 0x00, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0xFF];
        var plain = packets.Jpeg(TakeApart(FirstJpeg(), type: 1) with { Width = 0, Height = 0 }, 1000)
            .Select(p => (byte[])[(byte)(p[0] | 0x10), .. p[1..12], 0xFF, 0xD8, 0, 5, .. sof, .. p[12..]]);

        var unit = DepacketizerPush.Make(Codec.Mjpeg).PushAll(plain).ShouldHaveSingleItem();
        (unit.Format.Width, unit.Format.Height).ShouldBe((2560, 1440));
        DepacketizerPush.Make(Codec.Mjpeg).PushAll(packets.Jpeg(TakeApart(FirstJpeg(), 1) with { Width = 0, Height = 0 }, 1000)).ShouldBeEmpty();
        DepacketizerPush.Make(Codec.Mjpeg, fmtp: ("x-dimensions", "2560,1440"))
            .PushAll(packets.Jpeg(TakeApart(FirstJpeg(), 1) with { Width = 0, Height = 0 }, 1000))[0].Format.Width.ShouldBe(2560);
    }

    [Fact]
    public void Every_truncation_of_every_payload_is_survived()
    {
        var jpeg = TakeApart(FirstJpeg(), type: 65) with { RestartInterval = 3 };
        (Codec Codec, byte[] Packet, (string, string)[] Fmtp)[] cases =
        [
            (Codec.H265, packets.H265([Vps, Sps, Pps, Idr], 0)[0], []),
            (Codec.H265, packets.H265([Vps, Sps, Pps, Idr], 0, don: true)[0], [("sprop-max-don-diff", "1")]),
            (Codec.H265, new Packetizer(96, 20).H265([[.. Idr, .. new byte[90]]], 0, don: true)[0], [("sprop-max-don-diff", "1")]),
            (Codec.Aac, packets.Aac([[1, 2, 3], [4, 5], [6]], 0)[0], [("config", "1190")]),
            (Codec.Aac, packets.Aac([[1, 2, 3], [4, 5], [6]], 0)[0], [("config", "1190"), ("auxiliarydatasizelength", "4"), ("dtsdeltalength", "3")]),
            (Codec.Mjpeg, packets.Jpeg(jpeg with { Scan = jpeg.Scan[..200] }, 0)[0], []),
            (Codec.Opus, packets.Packet([0xFF, 0x83, 1, 2], 0, true), []),
            (Codec.PcmU, packets.Packet([1, 2], 0, true), []),
        ];
        foreach (var (codec, packet, fmtp) in cases)
        {
            for (var length = 12; length <= packet.Length; length++)
            {
                DepacketizerPush.Make(codec, codec == Codec.Aac ? 48_000 : 90_000, 1, "", fmtp).PushAll([packet[..length]]).Count.ShouldBeLessThanOrEqualTo(3);
            }
        }
    }

    private static byte[] FirstJpeg()
    {
        var splitter = new JpegSplitter();
        splitter.Push(Testdata.Read("mjpeg-420.mjpeg"));
        splitter.TryTake(out var picture).ShouldBeTrue();
        return picture.ToArray();
    }

    private static JpegParts TakeApart(byte[] jpeg, byte type)
    {
        var tables = new List<byte>();
        var scan = Array.Empty<byte>();
        foreach (var (marker, body, after) in Segments(jpeg))
        {
            if (marker == 0xDB)
            {
                for (var at = 0; at < body.Length; at += 65)
                {
                    tables.AddRange(body[(at + 1)..(at + 65)]);
                }
            }
            else if (marker == 0xDA)
            {
                scan = jpeg[after..^2];
            }
        }

        // ffmpeg writes one table for both components.
        return new JpegParts(type, 160, 96, tables.Count == 64 ? [.. tables, .. tables] : [.. tables], scan);
    }

    private static byte[] HuffmanOf(byte[] jpeg)
    {
        var tables = new SortedDictionary<byte, byte[]>();
        foreach (var (marker, body, _) in Segments(jpeg))
        {
            for (var at = 0; marker == 0xC4 && at < body.Length;)
            {
                var length = 17 + body[(at + 1)..(at + 17)].Sum(b => b);
                tables[body[at]] = body[at..(at + length)];
                at += length;
            }
        }

        return [.. tables.SelectMany(t => t.Value)];
    }

    private static IEnumerable<(byte Marker, byte[] Body, int After)> Segments(byte[] jpeg)
    {
        for (var at = 2; at + 4 <= jpeg.Length && jpeg[at] == 0xFF;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2));
            yield return (jpeg[at + 1], jpeg[(at + 4)..(at + 2 + length)], at + 2 + length);
            if (jpeg[at + 1] == 0xDA)
            {
                yield break;
            }

            at += 2 + length;
        }
    }
}
