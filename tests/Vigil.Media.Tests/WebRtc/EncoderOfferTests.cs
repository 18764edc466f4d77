using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.WebRtc;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>Offers in the shape that WHIP encoders send them: what matters of each is that it is answered so that media can come.</summary>
public sealed class EncoderOfferTests : IAsyncDisposable
{
    private const string Fingerprint = "a=fingerprint:sha-256 AB:CD:EF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC";

    private readonly MediaEngine engine = new(new MediaEngineOptions(), TimeProvider.System, NullLoggerFactory.Instance);
    private readonly WebRtcSessions sessions;

    public EncoderOfferTests() => sessions = new WebRtcSessions(new WebRtcOptions { Port = 0 }, engine, TimeProvider.System, NullLoggerFactory.Instance);

    public async ValueTask DisposeAsync()
    {
        await sessions.DisposeAsync();
        await engine.DisposeAsync();
    }

    /// <summary>libdatachannel (OBS 30): sound first, transport lines on the session, candidates in the first section only, a group for lips.</summary>
    [Fact]
    public void Obs_with_its_transport_on_the_session_level()
    {
        var answer = AnswerTo(
            "v=0", "o=rtc 3767197920 0 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=group:LS 0 1", "a=msid-semantic:WMS *",
            "a=setup:actpass", "a=ice-ufrag:eD/m", "a=ice-pwd:k1xYbN3rCk0Zz5U8sPqLwA", "a=ice-options:ice2,trickle", Fingerprint,
            "m=audio 57130 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 192.168.1.5", "a=mid:0", "a=sendonly", "a=ssrc:1298 cname:d0tFiO", "a=msid:d0tFiO d0tFiO-audio",
            "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1",
            "a=candidate:1 1 UDP 2122317823 192.168.1.5 57130 typ host", "a=end-of-candidates",
            "m=video 57130 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 192.168.1.5", "a=mid:1", "a=sendonly", "a=ssrc:1299 cname:d0tFiO", "a=rtcp-mux",
            "a=rtpmap:96 H264/90000", "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:96 goog-remb",
            "a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1");

        answer.ShouldContain("a=group:BUNDLE 0 1");
        answer.ShouldContain("m=audio 9 UDP/TLS/RTP/SAVPF 111");
        answer.ShouldContain("m=video 9 UDP/TLS/RTP/SAVPF 96");
        answer.Count(line => line == "a=setup:passive").ShouldBe(2);
        answer.Count(line => line == "a=recvonly").ShouldBe(2);
        answer.Count(line => line == "a=rtcp-mux-only").ShouldBe(2);
    }

    /// <summary>ffmpeg 8 waits for the handshake unless told otherwise, and names a bundle of two even when it sends a picture alone.</summary>
    [Theory]
    [InlineData("passive", "active")]
    [InlineData("active", "passive")]
    public void Ffmpeg_that_sends_a_picture_alone(string theirs, string ours)
    {
        var answer = AnswerTo(
            "v=0", "o=FFmpeg 4489045141692799359 2 IN IP4 127.0.0.1", "s=FFmpegPublishSession", "t=0 0", "a=group:BUNDLE 0 1", "a=extmap-allow-mixed", "a=msid-semantic: WMS",
            "m=video 9 UDP/TLS/RTP/SAVPF 106 105", "c=IN IP4 0.0.0.0", "a=ice-ufrag:1ac08523", "a=ice-pwd:fb55f4f4d99d240fa65c2adfec5e7c24", Fingerprint,
            "a=setup:" + theirs, "a=mid:1", "a=sendonly", "a=msid:FFmpeg video", "a=rtcp-mux", "a=rtcp-rsize",
            "a=rtpmap:106 H264/90000", "a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640028", "a=rtcp-fb:106 nack",
            "a=rtpmap:105 rtx/90000", "a=fmtp:105 apt=106", "a=ssrc:2806541432 cname:FFmpeg");

        answer.ShouldContain("a=group:BUNDLE 1");
        answer.ShouldContain("a=ice-lite");
        answer.ShouldContain("a=setup:" + ours);
        answer.ShouldContain("m=video 9 UDP/TLS/RTP/SAVPF 106 105");
        answer.First(line => line.StartsWith("a=candidate:", StringComparison.Ordinal)).ShouldContain(" udp ");
    }

    /// <summary>whipclientsink: several codecs in each section, error correction among them, and no direction at all.</summary>
    [Fact]
    public void GStreamer_with_many_codecs_and_no_direction()
    {
        var answer = AnswerTo(
            "v=0", "o=- 3821567845617852 0 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=ice-options:trickle", "a=group:BUNDLE video0 audio1",
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100 101", "c=IN IP4 0.0.0.0", "a=setup:actpass", "a=ice-ufrag:m0dEbI3hTrqJDZ0xw8yyVZxaYFjyOXTa", "a=ice-pwd:wvbcmCJ8Dsl2aFmXPBYdBzPqP8ZbRjuE",
            "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack", "a=rtpmap:97 H264/90000", "a=rtcp-fb:97 nack pli", "a=rtcp-fb:97 transport-cc",
            "a=rtpmap:98 VP9/90000", "a=rtpmap:99 H265/90000", "a=rtpmap:100 rtx/90000", "a=fmtp:100 apt=97", "a=rtpmap:101 ulpfec/90000",
            "a=ssrc:3011 msid:user1 webrtctransceiver0", "a=mid:video0", Fingerprint, "a=rtcp-mux-only",
            "m=audio 0 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=setup:actpass", "a=ice-ufrag:m0dEbI3hTrqJDZ0xw8yyVZxaYFjyOXTa", "a=ice-pwd:wvbcmCJ8Dsl2aFmXPBYdBzPqP8ZbRjuE",
            "a=bundle-only", "a=rtcp-mux", "a=rtpmap:111 OPUS/48000/2", "a=mid:audio1", Fingerprint);

        answer.ShouldContain("a=group:BUNDLE video0 audio1");
        answer.ShouldContain("m=video 9 UDP/TLS/RTP/SAVPF 97 100");
        answer.ShouldContain("m=audio 9 UDP/TLS/RTP/SAVPF 111");
        answer.ShouldContain("a=rtcp-fb:97 transport-cc");
        answer.Count(line => line == "a=recvonly").ShouldBe(2);
    }

    /// <summary>Lines that end with a bare line feed, everything on one section, two profiles, sound that only G.711 can be.</summary>
    [Fact]
    public void An_encoder_of_a_device_that_keeps_things_short()
    {
        var answer = Publish(string.Join(
            "\n",
            "v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1", Fingerprint, "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901",
            "m=video 9 UDP/TLS/RTP/SAVPF 102 125", "a=mid:0", "a=sendonly", "a=rtcp-mux", "a=rtpmap:102 H264/90000", "a=fmtp:102 packetization-mode=1;profile-level-id=64001f",
            "a=rtpmap:125 H264/90000", "a=fmtp:125 packetization-mode=1;profile-level-id=42e01f",
            "m=audio 9 UDP/TLS/RTP/SAVPF 8", "a=mid:1", "a=sendonly", "a=rtcp-mux", "a=rtpmap:8 PCMA/8000", ""));

        answer.ShouldContain("m=video 9 UDP/TLS/RTP/SAVPF 125");
        answer.ShouldContain("m=audio 9 UDP/TLS/RTP/SAVPF 8");
        answer.ShouldContain("a=setup:passive");
    }

    private string[] AnswerTo(params string[] lines) => Publish(string.Join("\r\n", lines) + "\r\n");

    private string[] Publish(string offer)
    {
        var result = sessions.Publish(1, offer, clientIsLocal: true);
        result.Refusal.ShouldBe(WebRtcRefusal.None, result.Detail);
        return result.Answer.Split("\r\n");
    }
}
