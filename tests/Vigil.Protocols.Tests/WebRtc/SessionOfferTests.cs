using System.Net;
using Vigil.Protocols.Ice;
using Vigil.Protocols.WebRtc;

namespace Vigil.Protocols.Tests.WebRtc;

public sealed class SessionOfferTests
{
    private const string Hash = "AB:CD:EF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC";

    /// <summary>The shape of what Chromium sends for a viewer, shortened to the codecs that matter.</summary>
    private static readonly string Offer = string.Join(
        "\r\n",
        "v=0", "o=- 46117 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=extmap-allow-mixed", "a=msid-semantic: WMS",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
        "a=ice-ufrag:Xy7+", "a=ice-pwd:kq9f0hZb3dR5/tTqYpUoVw1x", "a=ice-options:trickle", "a=fingerprint:sha-256 " + Hash, "a=setup:actpass",
        "a=mid:0", "a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", "a=extmap:99 urn:too-high",
        "a=recvonly", "a=rtcp-mux", "a=rtcp-rsize",
        "a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
        "a=rtpmap:103 H264/90000", "a=rtcp-fb:103 goog-remb", "a=rtcp-fb:103 nack", "a=rtcp-fb:103 nack pli", "a=rtcp-fb:103 x-unknown",
        "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        "a=rtpmap:104 rtx/90000", "a=fmtp:104 apt=103",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 8", "a=mid:1", "a=recvonly", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtpmap:8 PCMA/8000", "a=ssrc:4242 cname:x", "a=ssrc:4242 msid:y z", "");

    [Fact]
    public void A_section_that_only_rides_along_has_the_transport_of_the_bundle_even_when_that_stands_in_a_refused_section()
    {
        SessionOffer.TryParse(Offer, out var offer).ShouldBe(OfferError.None);

        var transport = offer.TransportOf([offer.Media[1]]);

        transport.UsernameFragment.ShouldBe("Xy7+");
        transport.Fingerprint.ShouldBe(Hash);
    }

    [Fact]
    public void A_viewers_offer_is_understood()
    {
        SessionOffer.TryParse(Offer, out var offer).ShouldBe(OfferError.None);

        var transport = offer.TransportOf([offer.Media[0]]);
        transport.UsernameFragment.ShouldBe("Xy7+");
        transport.Fingerprint.ShouldBe(Hash);
        offer.Media.Count.ShouldBe(2);
        var video = offer.Media[0];
        video.Mid.ShouldBe("0");
        video.Direction.ShouldBe(MediaDirection.ReceiveOnly);
        video.Codecs[2].Name.ShouldBe("H264");
        video.Codecs[2].Parameter("packetization-mode").ShouldBe("1");
        video.Codecs[2].Parameter("mode").ShouldBe("");
        video.Codecs[3].Parameter("apt").ShouldBe("103");
        video.Extensions.Values.ShouldBe([4]);
        offer.Media[1].Codecs[0].Channels.ShouldBe(2);
        offer.Media[1].Sources.ShouldBe([4242u]);
    }

    [Fact]
    public void The_answer_has_every_line_a_browser_insists_on()
    {
        SessionOffer.TryParse(Offer, out var offer).ShouldBe(OfferError.None);
        var answer = SessionAnswer.Write(
            offer,
            [
                new AnsweredMedia { Codec = offer.Media[0].Codecs[2], Retransmission = offer.Media[0].Codecs[3], Direction = MediaDirection.SendOnly, Ssrc = 7, RetransmissionSsrc = 8 },
                new AnsweredMedia(),
            ],
            new AnswerTransport
            {
                Ice = new IceCredentials("ufrag", "a-password"),
                Fingerprint = Hash,
                UdpCandidates = [IPEndPoint.Parse("192.168.1.2:8189"), IPEndPoint.Parse("[fd00::1]:8189")],
                TcpCandidates = [IPEndPoint.Parse("192.168.1.2:8189")],
                SessionId = 5,
            });

        answer.ShouldEndWith("\r\n");
        var lines = answer.Split("\r\n");
        foreach (var line in new[]
        {
            "v=0", "s=-", "t=0 0", "a=ice-lite", "a=group:BUNDLE 0", "m=video 9 UDP/TLS/RTP/SAVPF 103 104", "a=setup:passive", "a=rtcp-mux", "a=sendonly",
            "a=ice-ufrag:ufrag", "a=fingerprint:sha-256 " + Hash, "a=rtpmap:103 H264/90000", "a=rtcp-fb:103 nack pli", "a=ssrc-group:FID 7 8",
            "a=candidate:65535 1 udp 2130706431 192.168.1.2 8189 typ host", "a=candidate:65534 1 udp 2130706175 fd00::1 8189 typ host",
            "a=candidate:65533 1 tcp 1526726143 192.168.1.2 8189 typ host tcptype passive", "m=audio 0 UDP/TLS/RTP/SAVPF 111", "a=inactive",
        })
        {
            lines.ShouldContain(line);
        }

        answer.ShouldNotContain("x-unknown");
        answer.ShouldNotContain("VP8");
    }

    [Theory]
    [InlineData("a=ice-ufrag:Xy7+", OfferError.NoIceCredentials)]
    [InlineData("a=ice-pwd:kq9f0hZb3dR5/tTqYpUoVw1x", OfferError.NoIceCredentials)]
    [InlineData("a=fingerprint:sha-256 " + Hash, OfferError.NoFingerprint)]
    [InlineData("v=0", OfferError.NotSdp)]
    public void What_cannot_be_answered_is_refused_by_name(string missing, OfferError expected) =>
        SessionOffer.TryParse(Offer.Replace(missing + "\r\n", ""), out _).ShouldBe(expected);

    [Fact]
    public void Every_truncation_and_any_garbage_is_survived()
    {
        for (var length = 0; length < Offer.Length; length++)
        {
            SessionOffer.TryParse(Offer[..length], out _);
        }

        var random = new Random(3);
        for (var round = 0; round < 2000; round++)
        {
            var text = Offer.ToCharArray();
            for (var i = 0; i < 20; i++)
            {
                text[random.Next(text.Length)] = (char)random.Next(0, 256);
            }

            SessionOffer.TryParse(new string(text), out _);
        }

        SessionOffer.TryParse("v=0\r\n" + new string('m', SessionOffer.MaxLength), out _).ShouldBe(OfferError.TooLong);
    }
}
