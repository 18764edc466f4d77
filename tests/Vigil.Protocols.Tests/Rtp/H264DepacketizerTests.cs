using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;

namespace Vigil.Protocols.Tests.Rtp;

public sealed class H264DepacketizerTests
{
    // 160x90 High@1.1 as x264 wrote it; then Constrained Baseline, 320x240.
    private static readonly byte[] Sps = Convert.FromHexString("6764000bacd9428df93011000003000100000300320f142996");
    private static readonly byte[] OtherSps = Convert.FromHexString("6742c00dd90141fb0110000003001000000303c0f142a480");
    private static readonly byte[] Pps = Convert.FromHexString("68eae094b22c");
    private static readonly byte[] Idr = [0x65, 0x88, 1, 2, 3, 4];
    private static readonly byte[] P = [0x41, 0x9A, 5, 6, 7];
    private static readonly byte[] SecondSlice = [0x41, 0x5A, 8, 9];

    private readonly Packetizer packets = new();
    private readonly Depacketizer depacketizer = DepacketizerPush.Make(Codec.H264);

    [Fact]
    public void Parameter_sets_make_the_format_and_stay_out_of_the_picture()
    {
        var unit = Push(packets.H264([Sps, Pps, Idr], 1000)).ShouldHaveSingleItem();

        unit.IsKeyFrame.ShouldBeTrue();
        unit.Timestamp.ShouldBe(1000);
        unit.Nals().ShouldBe([Idr]);
        unit.Format.Width.ShouldBe(160);
        unit.Format.ShouldBeSameAs(depacketizer.Format);
    }

    [Fact]
    public void Parameter_sets_from_SDP_make_the_format_before_any_packet()
    {
        // Padding left away, as some cameras do.
        var sprop = Convert.ToBase64String(Sps).TrimEnd('=') + ", " + Convert.ToBase64String(Pps).TrimEnd('=');
        var announced = DepacketizerPush.Make(Codec.H264, fmtp: ("sprop-parameter-sets", sprop));

        announced.Format!.CodecString.ShouldBe("avc1.64000b");
        announced.PushAll(packets.H264([P], 5)).ShouldHaveSingleItem().IsKeyFrame.ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("%%%,===,")]
    [InlineData("Z0I,aO4")]
    public void Garbage_in_SDP_is_no_format(string sprop) =>
        DepacketizerPush.Make(Codec.H264, fmtp: ("sprop-parameter-sets", sprop)).Format.ShouldBeNull();

    [Fact]
    public void The_interleaved_mode_is_refused() =>
        Depacketizer.Create(new RtpTrackDescription
        {
            Codec = Codec.H264,
            PayloadType = 96,
            ClockRate = 90_000,
            Fmtp = new Dictionary<string, string> { ["packetization-mode"] = "2" },
        }).ShouldBeNull();

    [Fact]
    public void A_picture_ends_at_a_new_time_stamp_when_the_marker_is_missing()
    {
        Start();
        Push([packets.Packet(P, 4600, marker: false)]).ShouldBeEmpty();
        Push([packets.Packet(P, 8200, marker: false)]).ShouldHaveSingleItem().Timestamp.ShouldBe(4600);
    }

    [Fact]
    public void A_marker_on_parameter_sets_or_SEI_ends_nothing()
    {
        // Reolink and others set the marker on every NAL unit before the picture.
        byte[] sei = [6, 5, 1, 0xAA, 0x80];
        var units = Push([
            packets.Packet(Sps, 1000, true), packets.Packet(Pps, 1000, true), packets.Packet(sei, 1000, true), packets.Packet(Idr, 1000, true)]);

        units.ShouldHaveSingleItem().Nals().ShouldBe([sei, Idr]);
        depacketizer.Stats.WrongMarkers.ShouldBe(0);
    }

    [Fact]
    public void Parameter_sets_with_their_own_time_stamp_wait_for_the_picture()
    {
        var units = Push([packets.Packet(Sps, 900, false), packets.Packet(Pps, 950, true), packets.Packet(Idr, 1000, true)]);

        units.ShouldHaveSingleItem().Timestamp.ShouldBe(1000);
        units[0].IsKeyFrame.ShouldBeTrue();
    }

    [Fact]
    public void A_marker_on_every_slice_is_learnt_after_one_picture()
    {
        Start();
        // Both slices of a picture bear the marker.
        Push([packets.Packet(P, 4600, true)]).Count.ShouldBe(1, "the marker is believed at first");
        Push([packets.Packet(SecondSlice, 4600, true)]).ShouldBeEmpty();
        depacketizer.Stats.WrongMarkers.ShouldBe(1);
        var later = Push([
            packets.Packet(P, 8200, true), packets.Packet(SecondSlice, 8200, true),
            packets.Packet(P, 11_800, true), packets.Packet(SecondSlice, 11_800, true), packets.Packet(P, 15_400, true)]);

        later.Count.ShouldBe(2);
        later[0].AfterLoss.ShouldBeTrue("a slice was lost to the wrong marker");
        later.ShouldAllBe(u => u.Nals().Count == 2);
        later[1].AfterLoss.ShouldBeFalse();
    }

    [Fact]
    public void A_second_picture_with_the_same_time_stamp_is_its_own_unit()
    {
        Start();
        Push([packets.Packet(P, 4600, false), packets.Packet(SecondSlice, 4600, false), packets.Packet(P, 4600, true)])
            .Select(u => u.Nals().Count).ShouldBe([2, 1]);
    }

    [Fact]
    public void A_lost_fragment_drops_its_picture_and_the_next_says_so()
    {
        var large = new Packetizer(96, 100, 100);
        byte[] slice = [0x41, 0x9A, .. Enumerable.Repeat((byte)7, 500)];
        var fragments = large.H264([slice], 4600);
        fragments.Count.ShouldBeGreaterThan(4);
        var next = large.H264([P], 8200);
        fragments.RemoveAt(2);
        depacketizer.PushAll(new Packetizer(96, 1400, 99).H264([Sps, Pps, Idr], 1000)).Count.ShouldBe(1);
        var units = depacketizer.PushAll([.. fragments, .. next]);

        units.ShouldHaveSingleItem().AfterLoss.ShouldBeTrue();
        units[0].Timestamp.ShouldBe(8200);
        depacketizer.Stats.LostPackets.ShouldBe(1);
        depacketizer.Stats.MalformedPackets.ShouldBe(0);
    }

    [Fact]
    public void Loss_between_pictures_drops_none()
    {
        Start();
        packets.SkipSequence(3);
        var unit = Push(packets.H264([P], 9000)).ShouldHaveSingleItem();

        unit.AfterLoss.ShouldBeTrue();
        depacketizer.Stats.LostPackets.ShouldBe(3);
        Push(packets.H264([P], 12_600)).ShouldHaveSingleItem().AfterLoss.ShouldBeFalse();
    }

    [Fact]
    public void Losing_the_first_slice_drops_the_picture()
    {
        Start();
        packets.SkipSequence();
        Push([packets.Packet(SecondSlice, 9000, true)]).ShouldBeEmpty();
        Push([packets.Packet(P, 12_600, true)]).ShouldHaveSingleItem().AfterLoss.ShouldBeTrue();
    }

    [Fact]
    public void A_missing_end_bit_is_made_good_when_no_packet_is_missing()
    {
        Start();
        var units = Push([
            packets.Packet([0x5C, 0x81, 0x9A, 1], 4600, false), packets.Packet([0x5C, 0x01, 2], 4600, false), packets.Packet(SecondSlice, 4600, true)]);

        units.ShouldHaveSingleItem().Nals().ShouldBe([[0x41, 0x9A, 1, 2], SecondSlice]);
    }

    [Fact]
    public void Joining_in_the_middle_of_a_picture_waits_for_the_next()
    {
        Push([packets.Packet([0x7C, 0x05, 1], 100, false), packets.Packet([0x7C, 0x45, 2], 100, true)]).ShouldBeEmpty();
        Push(packets.H264([Sps, Pps, Idr], 3700)).ShouldHaveSingleItem().AfterLoss.ShouldBeFalse("nobody misses what was before");
        depacketizer.Stats.MalformedPackets.ShouldBe(0);
    }

    [Fact]
    public void Late_and_doubled_packets_are_ignored()
    {
        Start();
        var first = packets.Packet(P, 4600, true);
        Push([first]).Count.ShouldBe(1);
        Push([first]).ShouldBeEmpty();
        depacketizer.Stats.LatePackets.ShouldBe(1);
        depacketizer.Stats.LostPackets.ShouldBe(0);
    }

    [Fact]
    public void A_new_resolution_changes_the_format_with_its_key_frame()
    {
        Start();
        var before = depacketizer.Format;
        var units = Push([.. packets.H264([P], 4600), .. packets.H264([OtherSps, Pps, Idr], 8200), .. packets.H264([P], 11_800)]);

        units[0].Format.ShouldBeSameAs(before);
        units[1].Format.Width.ShouldBe(320);
        units[1].IsKeyFrame.ShouldBeTrue();
        units[2].Format.ShouldBeSameAs(units[1].Format);
        depacketizer.Stats.FormatChanges.ShouldBe(1);
    }

    [Fact]
    public void Repeated_parameter_sets_keep_the_same_format()
    {
        Start();
        var before = depacketizer.Format;
        Push(packets.H264([Sps, Pps, Idr], 8200)).ShouldHaveSingleItem().Format.ShouldBeSameAs(before);
    }

    [Fact]
    public void Nothing_comes_out_before_a_format_is_known()
    {
        Push(packets.H264([Idr], 1000)).ShouldBeEmpty();
        depacketizer.Stats.DroppedUnits.ShouldBe(1);
    }

    [Fact]
    public void Parameter_sets_between_the_slices_of_a_picture_are_part_of_it()
    {
        // GStreamer's rtph264pay config-interval=-1 repeats them before every slice of an IDR.
        byte[] secondIdrSlice = [0x65, 0x48, 9];
        Push(packets.H264([Sps, Pps, Idr, Sps, Pps, secondIdrSlice], 1000)).ShouldHaveSingleItem().Nals().ShouldBe([Idr, secondIdrSlice]);
        Push(packets.H264([P], 4600)).ShouldHaveSingleItem().IsKeyFrame.ShouldBeFalse();
    }

    [Fact]
    public void Without_clock_and_delimiters_what_stands_before_a_picture_belongs_to_it()
    {
        byte[] sei = [6, 6, 1, 0b1100_0100, 0x80];
        var reader = new AnnexBUnitReader(Codec.H264);
        foreach (var nal in (byte[][])[Sps, Pps, Idr, P, OtherSps, Pps, sei, P, SecondSlice, sei, SecondSlice, P])
        {
            reader.Push([0, 0, 1, .. nal]);
        }

        reader.Flush();
        var units = new List<AccessUnit>();
        while (reader.TryTake(out var unit))
        {
            units.Add(unit);
        }

        units.Select(u => u.IsKeyFrame).ShouldBe([true, false, true, false]);
        units.Select(u => u.Format.Width).ShouldBe([160, 160, 320, 320]);
        units[2].Nals().ShouldBe([sei, P, SecondSlice, sei, SecondSlice]);
    }

    [Fact]
    public void Zeros_behind_a_unit_are_cut_off()
    {
        Start();
        Push([packets.Packet([.. P, 0, 0], 4600, true)]).ShouldHaveSingleItem().Nals().ShouldBe([P]);
    }

    [Fact]
    public void A_recovery_point_is_a_key_frame_where_no_IDR_comes()
    {
        byte[] recoverNow = [6, 6, 1, 0b1100_0100, 0x80];       // recovery_frame_cnt 0
        byte[] recoverLater = [6, 6, 2, 0b0000_1010, 0x00, 0x80]; // recovery_frame_cnt 9
        var units = Push([.. packets.H264([Sps, Pps, recoverLater, P], 1000), .. packets.H264([recoverNow, P], 4600), .. packets.H264([P], 8200)]);
        units.Select(u => u.IsKeyFrame).ShouldBe([true, true, false]);

        // With IDR pictures about, only the exact recovery point counts.
        Push([.. packets.H264([Idr], 11_800), .. packets.H264([recoverLater, P], 15_400)]).Select(u => u.IsKeyFrame).ShouldBe([true, false]);
    }

    [Fact]
    public void An_intra_picture_behind_an_SPS_is_a_key_frame()
    {
        byte[] intra = [0x41, 0b1000_1000, 0x80]; // first_mb 0, slice_type 7
        Push(packets.H264([Sps, Pps, intra], 1000)).ShouldHaveSingleItem().IsKeyFrame.ShouldBeTrue();
        Push(packets.H264([intra], 4600)).ShouldHaveSingleItem().IsKeyFrame.ShouldBeFalse();
    }

    [Fact]
    public void Units_with_start_codes_inside_are_taken_apart()
    {
        byte[] blob = [.. Sps, 0, 0, 0, 1, .. Pps, 0, 0, 1, .. Idr];
        Push([packets.Packet(blob, 1000, true)]).ShouldHaveSingleItem().Nals().ShouldBe([Idr]);
        Push([packets.Packet([0, 0, 0, 1, .. P], 4600, true)]).ShouldHaveSingleItem().Nals().ShouldBe([P]);
    }

    [Fact]
    public void Empty_units_and_filler_are_nothing()
    {
        Start();
        var units = Push([
            packets.Packet([], 4600, false), packets.Packet([24, 0, 0, 0, (byte)P.Length, .. P], 4600, false), packets.Packet([0x0C, 0xFF, 0x80], 4600, true)]);

        units.ShouldHaveSingleItem().Nals().ShouldBe([P]);
    }

    [Theory]
    [InlineData("1800")] // half a size
    [InlineData("18000541")] // beyond the end
    [InlineData("1C")] // no FU header
    [InlineData("1900")] // STAP-B
    [InlineData("1D80")] // FU-B
    [InlineData("00")] // reserved, no start code
    [InlineData("1F00")]
    public void A_malformed_payload_is_counted_and_costs_its_picture_only(string hex)
    {
        Start();
        Push([packets.Packet(P, 4600, false), packets.Packet(Convert.FromHexString(hex), 4600, true)]).ShouldBeEmpty();
        depacketizer.Stats.MalformedPackets.ShouldBe(1);
        Push(packets.H264([P], 8200)).ShouldHaveSingleItem().AfterLoss.ShouldBeTrue();
    }

    [Fact]
    public void A_picture_without_end_is_cut_off_at_the_limit()
    {
        Start();
        var piece = new byte[60_000];
        piece.AsSpan().Fill(7);
        Push([packets.Packet([0x5C, 0x81, 0x9A], 4600, false)]);
        for (var sent = 0; sent < RtpLimits.MaxAccessUnitBytes * 2; sent += piece.Length)
        {
            Push([packets.Packet([0x5C, 0x01, .. piece], 4600, false)]).ShouldBeEmpty();
        }

        Push([packets.Packet([0x5C, 0x41, 1], 4600, true)]).ShouldBeEmpty();
        Push(packets.H264([P], 8200)).ShouldHaveSingleItem().AfterLoss.ShouldBeTrue();
    }

    [Fact]
    public void Another_payload_type_is_not_ours()
    {
        Start();
        Push([new Packetizer(97).Packet(P, 4600, true)]).ShouldBeEmpty();
        depacketizer.Stats.MalformedPackets.ShouldBe(1);
    }

    [Fact]
    public void Every_truncation_of_every_packet_is_survived()
    {
        var cases = new Packetizer(96, 60).H264([Sps, Pps, [0x65, 0x88, .. new byte[200]], Idr], 1000);
        foreach (var bytes in cases)
        {
            for (var length = 12; length <= bytes.Length; length++)
            {
                var fresh = DepacketizerPush.Make(Codec.H264);
                fresh.PushAll([bytes[..length], .. new Packetizer(96, 1400, 9).H264([Sps, Pps, Idr], 9000)]).Last().Nals().ShouldBe([Idr]);
            }
        }
    }

    private void Start() => Push(packets.H264([Sps, Pps, Idr], 1000)).Count.ShouldBe(1);

    private List<AccessUnit> Push(IEnumerable<byte[]> bytes) => depacketizer.PushAll(bytes);
}
