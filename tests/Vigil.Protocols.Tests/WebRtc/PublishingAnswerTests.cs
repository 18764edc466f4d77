using System.Net;
using Vigil.Protocols.Ice;
using Vigil.Protocols.WebRtc;

namespace Vigil.Protocols.Tests.WebRtc;

public sealed class PublishingAnswerTests
{
    private const string Hash = "AB:CD:EF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC";

    private static readonly string Answer = string.Join(
        "\r\n",
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite", "a=group:BUNDLE 1",
        "m=video 0 UDP/TLS/RTP/SAVPF 103", "c=IN IP4 0.0.0.0", "a=mid:0", "a=inactive", "a=candidate:1 1 udp 1 192.0.2.9 9 typ host",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=mid:1", "a=ice-ufrag:Xy7+abcd", "a=ice-pwd:kq9f0hZb3dR5/tTqYpUoVw1x",
        "a=fingerprint:sha-256 " + Hash.ToLowerInvariant(), "a=setup:passive", "a=recvonly", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2",
        "a=candidate:65535 1 udp 2130706431 192.168.1.10 8189 typ host", "a=candidate:65534 1 UDP 2130706175 2001:db8::1 8189 typ host",
        "a=candidate:65533 1 tcp 1518280447 192.168.1.10 8189 typ host tcptype passive", "a=candidate:7 2 udp 1 192.168.1.10 8190 typ host",
        "a=candidate:8 1 udp 1 not-an-address 8189 typ host", "a=candidate:9 1 udp 1 192.168.1.10 70000 typ host", "a=end-of-candidates", "");

    [Fact]
    public void The_servers_transport_and_its_udp_addresses_are_those_of_the_sections_it_takes()
    {
        PublishingAnswer.TryParse(Answer, out var answer).ShouldBeTrue();

        answer.Taken.ShouldBe([false, true]);
        answer.Candidates.ShouldBe([new IPEndPoint(IPAddress.Parse("192.168.1.10"), 8189), new IPEndPoint(IPAddress.Parse("2001:db8::1"), 8189)]);
        answer.Transport.ShouldBe(new OfferedTransport
        {
            UsernameFragment = "Xy7+abcd",
            Password = "kq9f0hZb3dR5/tTqYpUoVw1x",
            Fingerprint = Hash,
            Setup = "passive",
        });
    }

    [Fact]
    public void What_our_own_server_answers_is_understood()
    {
        SessionOffer.TryParse(
            string.Join(
                "\r\n", "v=0", "a=group:BUNDLE 0", "m=video 9 UDP/TLS/RTP/SAVPF 103", "a=mid:0", "a=ice-ufrag:u", "a=ice-pwd:p", "a=fingerprint:sha-256 " + Hash,
                "a=setup:actpass", "a=sendonly", "a=rtpmap:103 H264/90000", ""),
            out var offer).ShouldBe(OfferError.None);
        var own = IceCredentials.Create();
        var written = SessionAnswer.Write(offer, [new AnsweredMedia { Codec = offer.Media[0].Codecs[0], Direction = MediaDirection.ReceiveOnly }], new AnswerTransport
        {
            Ice = own,
            Fingerprint = Hash,
            UdpCandidates = [new IPEndPoint(IPAddress.Loopback, 8189)],
            SessionId = 1,
        });

        PublishingAnswer.TryParse(written, out var answer).ShouldBeTrue();
        (answer.Transport.UsernameFragment, answer.Transport.Password).ShouldBe((own.UsernameFragment, own.Password));
        answer.Candidates.ShouldHaveSingleItem().Port.ShouldBe(8189);
    }

    [Theory]
    [InlineData("a=ice-ufrag:Xy7+abcd\r\n")]
    [InlineData("a=ice-pwd:kq9f0hZb3dR5/tTqYpUoVw1x\r\n")]
    [InlineData("a=fingerprint")]
    [InlineData("v=0\r\n")]
    [InlineData("m=audio 9")]
    public void An_answer_that_lacks_what_one_needs_is_refused(string missing) =>
        PublishingAnswer.TryParse(Answer.Replace(missing, "", StringComparison.Ordinal), out _).ShouldBeFalse();

    [Fact]
    public void Every_truncation_and_thousands_of_candidates_are_answered_within_bounds()
    {
        for (var length = 0; length < Answer.Length; length++)
        {
            _ = PublishingAnswer.TryParse(Answer[..length], out _);
        }

        var many = Answer + string.Concat(Enumerable.Range(1, 3000).Select(port => $"a=candidate:1 1 udp 1 192.168.1.10 {port} typ host\r\n"));
        _ = PublishingAnswer.TryParse(many, out var answer);
        answer.Candidates.Count.ShouldBeLessThanOrEqualTo(PublishingAnswer.MaxCandidates);
    }
}
