using System.Text;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Sdp;

namespace Vigil.Protocols.Tests.Sdp;

public sealed class SdpDescriptionTests
{
    private const string Typical = """
        v=0
        o=- 1421 1 IN IP4 192.168.1.20
        s=Media Presentation
        a=control:*
        m=video 0 RTP/AVP 96
        b=AS:4000
        a=rtpmap:96 H264/90000
        a=fmtp:96 packetization-mode=1; profile-level-id=640028; sprop-parameter-sets=Z2QAKKzZ,aOvjyyLA==
        a=control:trackID=1
        m=audio 0 RTP/AVP 0 97
        a=rtpmap:97 MPEG4-GENERIC/16000/1
        a=control:trackID=2
        m=audio 0 RTP/AVP 8
        a=sendonly
        a=control:backchannel
        m=application 0 RTP/AVP 107
        a=rtpmap:107 vnd.onvif.metadata/90000
        """;

    [Fact]
    public void A_typical_description_gives_its_tracks()
    {
        var sdp = Parse(Typical);

        sdp.Control.ShouldBe("*");
        sdp.Media.Count.ShouldBe(4);
        var video = SdpTracks.Describe(sdp.Media[0]).ShouldNotBeNull();
        (video.Codec, video.PayloadType, video.ClockRate).ShouldBe((Codec.H264, 96, 90_000));
        video.Fmtp["Sprop-Parameter-Sets"].ShouldBe("Z2QAKKzZ,aOvjyyLA==");
        sdp.Media[0].Control.ShouldBe("trackID=1");
        SdpTracks.Describe(sdp.Media[1]).ShouldNotBeNull().Codec.ShouldBe(Codec.PcmU);
        SdpTracks.Describe(sdp.Media[3]).ShouldBeNull();
        Choose(sdp).ShouldBe([0, 1]);
    }

    [Theory]
    [InlineData("m=audio 0 RTP/AVP 97\na=rtpmap:97 G726-32/8000\n", "G726-32")]
    [InlineData("m=audio 0 RTP/AVP 11\n", "L16")]
    [InlineData("m=audio 0 RTP/AVP 97\na=rtpmap:97 G726-32/8000\na=sendonly\n", null)]
    [InlineData("m=audio 0 RTP/AVP 97\na=rtpmap:97 G726-32/8000\nm=audio 0 RTP/AVP 0\n", null)]
    [InlineData("m=application 0 RTP/AVP 107\na=rtpmap:107 vnd.onvif.metadata/90000\n", null)]
    [InlineData("m=audio 0 RTP/AVP 11\n", null, "m=video 0 RTP/AVP 26\n")]
    public void Sound_that_was_not_chosen_is_known_by_its_name(
        string lines, string? name, string video = "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n")
    {
        var sdp = Parse("v=0\n" + video + lines);

        SdpTracks.SoundLeftOut(sdp, Choose(sdp)).ShouldBe(name);
        SdpTracks.PictureLeftOut(sdp, Choose(sdp)).ShouldBeNull();
    }

    [Fact]
    public void Talk_back_is_sound_only_when_there_is_no_other()
    {
        var sdp = Parse("v=0\nm=audio 0 RTP/AVP 8\na=sendonly\nm=video 0 RTP/AVP 26\na=sendonly\n");

        Choose(sdp).ShouldBe([1, 0]);
    }

    [Fact]
    public void Inactive_and_unwanted_and_uncarriable_tracks_are_left()
    {
        var sdp = Parse("v=0\nm=video 0 RTP/AVP 26\na=inactive\nm=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\nm=audio 0 RTP/AVP 0\n");

        SdpTracks.Choose(sdp, video: true, audio: false, _ => true).ShouldBe([1]);
        SdpTracks.Choose(sdp, video: true, audio: true, t => t.Codec != Codec.H265).ShouldBe([2]);
    }

    [Theory]
    [InlineData("m=audio 0 RTP/AVP 97\na=rtpmap:97 opus/48000/2", Codec.Opus, 48_000, 2)]
    [InlineData("m=audio 0 RTP/AVP 97\na=rtpmap:97 OPUS/16000", Codec.Opus, 48_000, 1)]
    [InlineData("m=audio 0 RTP/AVP 97\na=rtpmap:97 PCMA/16000", Codec.PcmA, 16_000, 1)]
    [InlineData("m=audio 0 RTP/AVP 97\na=rtpmap:97 PCMU", Codec.PcmU, 8000, 1)]
    [InlineData("m=audio 0 RTP/AVP\na=rtpmap:8 PCMA/8000", Codec.PcmA, 8000, 1)]
    [InlineData("m=video 0 RTP/AVP 35\na=rtpmap:35 hevc/90000", Codec.H265, 90_000, 0)]
    [InlineData("m=video 0 RTP/AVP 26", Codec.Mjpeg, 90_000, 0)]
    public void Tracks_are_described_as_their_codec_means(string media, Codec codec, int rate, int channels)
    {
        var track = SdpTracks.Describe(Parse("v=0\n" + media).Media[0]).ShouldNotBeNull();

        (track.Codec, track.ClockRate, track.Channels).ShouldBe((codec, rate, channels));
    }

    [Fact]
    public void What_is_no_description_and_what_is_too_long_is_refused()
    {
        SdpDescription.TryParse("<html></html>"u8, out _).ShouldBeFalse();
        SdpDescription.TryParse(""u8, out _).ShouldBeFalse();
        SdpDescription.TryParse(Encoding.ASCII.GetBytes("v=0\n" + new string('x', SdpDescription.MostBytes)), out _).ShouldBeFalse();
        Parse("v=0\n" + string.Concat(Enumerable.Repeat("m=video 0 RTP/AVP 96\n", 100))).Media.Count.ShouldBe(SdpDescription.MostMedia);
    }

    [Fact]
    public void Truncation_and_noise_never_throw()
    {
        var bytes = Encoding.ASCII.GetBytes(Typical);
        for (var length = 0; length <= bytes.Length; length++)
        {
            _ = SdpDescription.TryParse(bytes.AsSpan(0, length), out _);
        }

        var random = new Random(3);
        for (var round = 0; round < 5000; round++)
        {
            var noisy = bytes.ToArray();
            for (var i = 0; i < 10; i++)
            {
                noisy[random.Next(noisy.Length)] = (byte)random.Next(256);
            }

            if (SdpDescription.TryParse(noisy, out var sdp))
            {
                SdpTracks.Choose(sdp, video: true, audio: true, t => Depacketizer.Create(t) is not null);
            }
        }
    }

    [Fact]
    public void The_size_of_a_big_JPEG_reaches_its_depacketizer()
    {
        var sdp = Parse("v=0\nm=video 0 RTP/AVP 26\na=x-dimensions:2560,1440\n");
        SdpTracks.Describe(sdp.Media[0])!.Fmtp["x-dimensions"].ShouldBe("2560,1440");
    }

    private static IReadOnlyList<int> Choose(SdpDescription sdp) => SdpTracks.Choose(sdp, video: true, audio: true, _ => true);

    private static SdpDescription Parse(string text)
    {
        SdpDescription.TryParse(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")), out var sdp).ShouldBeTrue();
        return sdp;
    }
}
