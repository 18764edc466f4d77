using Vigil.Server.Cameras;

namespace Vigil.Server.Tests.Cameras;

public sealed class PathKeysTests
{
    public static TheoryData<string> Patterns => [.. Vendors.All.SelectMany(make => make.Models).SelectMany(model => new[] { model.Main, model.Sub, model.Audio })
        .OfType<string>().Select(pattern => pattern.Replace("{host}", "10.0.0.2", StringComparison.Ordinal)
            .Replace("{port}", "554", StringComparison.Ordinal).Replace("{channel}", "12", StringComparison.Ordinal)).Distinct()];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void The_usual_addresses_of_every_make_stay_readable(string address) =>
        CameraAddress.TryParse(address, out _).ShouldNotBeNull().Text.ShouldBe(address);

    [Theory]
    [InlineData("live/ch00_0")]
    [InlineData("ch0_0.h264")]
    [InlineData("h265Preview_16_main")]
    [InlineData("Preview_01_main")]
    [InlineData("axis-media/media.amp")]
    [InlineData("onvif-media/media.amp")]
    [InlineData("onvif/profile1/media.smp")]
    [InlineData("MediaInput/h264/stream_1")]
    [InlineData("Streaming/Unicast/channels/101")]
    [InlineData("ISAPI/Streaming/channels/102/httpPreview")]
    [InlineData("PSIA/Streaming/channels/1")]
    [InlineData("LiveMedia/ch1/Media1")]
    [InlineData("nphMpeg4/g726-640x480")]
    [InlineData("cgi-bin/CGIProxy.fcgi")]
    [InlineData("cgi-bin/hi3510/snap.cgi")]
    [InlineData("cgi-bin/mjpg/video.cgi")]
    [InlineData("bcs/channel0_main.bcs")]
    [InlineData("live_mpeg4.sdp")]
    [InlineData("h264_ulaw.sdp")]
    [InlineData("ipcam_h264.sdp")]
    [InlineData("videostream.asf")]
    [InlineData("MediaProfile000")]
    [InlineData("onvif_profile1")]
    [InlineData("H264MainStream")]
    [InlineData("mpeg4cifSubstream")]
    [InlineData("HighResolutionVideo")]
    [InlineData("snapshot_3gp")]
    [InlineData("defaultPrimary")]
    [InlineData("tcp/av0_0")]
    [InlineData("kinderzimmer_main")]
    [InlineData("Kinderzimmer2")]
    [InlineData("front-door-720p")]
    [InlineData("livingroom1080p")]
    [InlineData("baby_cam_2")]
    [InlineData("BabyPhone2")]
    [InlineData("primary_1920x1080")]
    [InlineData("%53treaming/Channels/101")]
    public void What_is_made_of_words_and_short_numbers_stays_readable(string path) =>
        CameraAddress.TryParse("rtsp://10.0.0.2/" + path, out _).ShouldNotBeNull().Text.ShouldBe("rtsp://10.0.0.2/" + path);

    [Theory]
    [InlineData("rtsps://10.0.0.2:7441/AbCdEf123456?enableSrtp", "rtsps://10.0.0.2:7441/{secret1}?{secret2}")]
    [InlineData("rtsps://10.0.0.2:7441/kLm3QwErTy12ZxCv", "rtsps://10.0.0.2:7441/{secret1}")]
    [InlineData("rtsp://10.0.0.2/live/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "rtsp://10.0.0.2/live/{secret1}")]
    [InlineData("rtsp://10.0.0.2/live/a1b2-c3d4-e5f6-g7h8", "rtsp://10.0.0.2/live/{secret1}")]
    [InlineData("rtsp://10.0.0.2/live/9fbc63c313a0", "rtsp://10.0.0.2/live/{secret1}")]
    [InlineData("http://10.0.0.2/hls/kLm3QwErTy12ZxCv.m3u8", "http://10.0.0.2/hls/{secret1}")]
    [InlineData("http://10.0.0.2/kLm3QwErTy12ZxCv==/video", "http://10.0.0.2/{secret1}/video")]
    [InlineData("http://10.0.0.2/%6BLm3QwErTy12ZxCv/video", "http://10.0.0.2/{secret1}/video")]
    [InlineData("http://10.0.0.2/kLm3QwErTy12ZxCv;fps=5/video", "http://10.0.0.2/{secret1};fps=5/video")]
    [InlineData("http://10.0.0.2/s/qwhxkvbnmzrtplsd/video", "http://10.0.0.2/s/{secret1}/video")]
    [InlineData("http://10.0.0.2/s/48151623420815/video", "http://10.0.0.2/s/{secret1}/video")]
    public void A_key_is_sealed_wherever_it_stands_and_still_connected_with(string pasted, string shown)
    {
        var address = CameraAddress.TryParse(pasted, out _).ShouldNotBeNull();

        address.Text.ShouldBe(shown);
        CameraAddress.ToConnect(address.Text, address.Password, address.Hidden).OriginalString.ShouldBe(pasted);
        CameraAddress.TryParse(address.Text, address.Password, address.Hidden, out _).ShouldNotBeNull().Text.ShouldBe(shown);
        CameraAddress.Again(address.Text, null, []).Text.ShouldBe(shown);
    }

    [Fact]
    public void Of_a_thousand_random_keys_of_sixteen_letters_and_digits_nearly_all_are_sealed()
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        var random = new Random(4711);

        Enumerable.Range(0, 1000).Count(_ => PathKeys.IsKey(new string(random.GetItems<char>(Alphabet, 16)))).ShouldBeGreaterThan(985);
    }
}
