using System.Buffers.Binary;
using System.Net;
using System.Text;
using Vigil.Protocols.Dtls;
using Vigil.Protocols.Ice;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Srtp;
using Vigil.Protocols.Stun;
using Vigil.Protocols.WebRtc;
using static Vigil.Fuzz.BrokenPromiseException;

namespace Vigil.Fuzz;

/// <summary>What a stranger on the network can reach of WebRTC before anybody knows who he is.</summary>
internal static class WebRtcTargets
{
    private static readonly IceCredentials Ours = new("server12", "a-password-of-24-chars-x");
    private static readonly SrtpProfile[] Profiles = [SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmSha1Tag80];
    private static readonly Dictionary<SrtpProfile, Secrets> Material = Profiles.ToDictionary(profile => profile, profile => new Secrets(
        Keys(profile, false), Cipher(profile, false), Keys(profile, true), Cipher(profile, true)));

    private static readonly List<byte[]> Genuine = [.. Profiles.SelectMany(Protected)];
    private static readonly List<byte[]> Checks = [Check(true), Check(false), Check(true)[..^8]];

    public static IEnumerable<Target> All() =>
    [
        new("stun", [.. Checks, Targets.Hex("0101003C2112A442B7E7A701BC34D686FA87DFAE802200047465737400200008000101A147E112A643")], Stun),
        new("offer", [Encoding.UTF8.GetBytes(Offer), Encoding.UTF8.GetBytes(Offer.Replace("\r\n", "\n", StringComparison.Ordinal))], Answer),
        new("trickle", [Encoding.UTF8.GetBytes("a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 192.0.2.1 5001 typ host\r\na=end-of-candidates\r\n")], Trickle),
        new("srtp", Genuine, Unprotect),
        new("rtcp-feedback",
        [
            Targets.Hex("81CD000300000001000000020005FFFF"), Targets.Hex("81CE00020000000100000002"), Targets.Hex("84CE0004000000010000000000000002AA000000"),
            Targets.Hex("8FCE00050000000100000000524542820103BD4F00000002"), Targets.Hex("80CF00040000000104000002E8D0A5B080000000"),
            Targets.Hex("8FCD0005000000010000000200010003000001000003400400"),
        ], Feedback),
        new("extensions", [Targets.Hex("90E0FFFE01020304AABBCCDDBEDE000110FF0000990002"), Targets.Hex("90E0FFFE01020304AABBCCDDBEDE00023101020041AABB00FF")], Extensions),
        new("dtls-records", [Targets.Hex("16FEFD0000000000000001000301020314FEFD0000000000000002000101"), new byte[40]], Records),
        new("frames", [Targets.Hex("0003010203000000020405"), Targets.Hex("0801AA")], Frames),
    ];

    private static string Offer => string.Join(
        "\r\n",
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1",
        "m=video 9 UDP/TLS/RTP/SAVPF 103 104", "a=mid:0", "a=ice-ufrag:viewer", "a=ice-pwd:viewers-own-password-24", "a=setup:actpass",
        "a=fingerprint:sha-256 " + string.Join(':', Enumerable.Repeat("AB", 32)), "a=recvonly", "a=rtcp-mux", "a=extmap:4/recvonly urn:x", "a=ssrc:77 cname:x",
        "a=rtpmap:103 H264/90000", "a=fmtp:103 packetization-mode=1;profile-level-id=42e01f", "a=rtcp-fb:103 nack", "a=rtcp-fb:* transport-cc",
        "a=rtpmap:104 rtx/90000", "a=fmtp:104 apt=103",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 8", "a=mid:1", "a=recvonly", "a=rtpmap:111 opus/48000/2", "a=rtpmap:8 PCMA/8000", "");

    private static byte[] Check(bool nominate)
    {
        var writer = new StunWriter(new byte[512], StunType.BindingRequest, new byte[12]);
        writer.Add(StunAttribute.Username, "server12:phone");
        writer.Add(StunAttribute.IceControlling, 1ul);
        if (nominate)
        {
            writer.Add(StunAttribute.UseCandidate, []);
        }

        writer.Sign(Encoding.UTF8.GetBytes(Ours.Password));
        writer.AddFingerprint();
        return writer.Written.ToArray();
    }

    private static void Stun(byte[] input)
    {
        if (StunMessage.TryParse(input, out var message) != StunParseError.None)
        {
            return;
        }

        _ = message.XorMappedAddress;
        Unless(IceLiteAgent.AddressedTo(message).Length <= input.Length, "a fragment lies inside its message");
        var agent = new IceLiteAgent(Ours, "phone", default);
        var reply = new byte[512];
        var verdict = agent.Receive(message, new IPEndPoint(IPAddress.Loopback, 9), default, reply, out var length);
        Unless(verdict == IceVerdict.Ignored == (length == 0), "who is ignored gets no reply");

        // Everything before the signature is signed; what may differ behind it says nothing to us.
        Unless(verdict == IceVerdict.Ignored || Checks.Any(known => known.AsSpan(4, known.Length - 36).SequenceEqual(input.AsSpan(4, Math.Min(input.Length - 4, known.Length - 36)))),
            "nobody signs without the password");
    }

    private static void Answer(byte[] input)
    {
        if (SessionOffer.TryParse(Encoding.UTF8.GetString(input), out var offer) != OfferError.None)
        {
            return;
        }

        var answers = offer.Media.Select(media => new AnsweredMedia { Codec = media.Codecs.FirstOrDefault(), Extensions = [.. media.Extensions.Keys], Ssrc = 7 }).ToList();
        _ = offer.TransportOf([.. offer.Media]);
        var answer = SessionAnswer.Write(offer, answers, new AnswerTransport
        {
            Ice = Ours,
            Fingerprint = "AB",
            UdpCandidates = [IPEndPoint.Parse("192.0.2.1:8189")],
            TcpCandidates = [IPEndPoint.Parse("[fd00::1]:8189")],
            SessionId = 1,
        });
        Unless(answer.Split("\r\n").SkipLast(1).All(line => line.Length > 2 && line[1] == '=' && !line.AsSpan().ContainsAny('\r', '\n')), "every line of an answer is one");
    }

    private static void Trickle(byte[] input)
    {
        if (TrickleFragment.TryParse(Encoding.UTF8.GetString(input), out var fragment) == TrickleError.None)
        {
            Unless(fragment!.UsernameFragment.Length > 0, "candidates belong to somebody");
        }
    }

    private static void Unprotect(byte[] input)
    {
        foreach (var profile in Profiles)
        {
            // Not disposed: the ciphers serve every input, because making keys takes longer than all the rest.
            var receiver = new SrtpReceiver(Material[profile].Keys, Material[profile].Cipher, Material[profile].RtcpKeys, Material[profile].RtcpCipher);
            var let = receiver.UnprotectRtp(input.ToArray(), out var length, out _) == SrtpError.None;
            Unless(length <= input.Length, "a packet does not grow");
            let |= receiver.UnprotectRtcp(input.ToArray(), out length) == SrtpError.None;
            Unless(length <= input.Length, "a packet does not grow");
            Unless(!let || Genuine.Any(packet => packet.AsSpan().SequenceEqual(input)), "nothing is let in but what was protected");
        }
    }

    private static IEnumerable<byte[]> Protected(SrtpProfile profile)
    {
        using var sender = new SrtpSender(Keys(profile, false), Cipher(profile, false), Keys(profile, true), Cipher(profile, true));
        byte[] media = [0x90, 96, 0, 9, 0, 0, 0, 1, 1, 2, 3, 4, 0xBE, 0xDE, 0, 1, 0x10, 5, 0, 0, 7, 8, 9, .. new byte[SrtpSender.MaxOverhead]];
        yield return media[..sender.ProtectRtp(media, 20, 23, 9)];
        byte[] report = [0x80, 201, 0, 1, 1, 2, 3, 4, .. new byte[SrtpSender.MaxOverhead]];
        yield return report[..sender.ProtectRtcp(report, 8)];
    }

    private static SrtpKeys Keys(SrtpProfile profile, bool forRtcp) =>
        SrtpKeys.Derive(profile, new byte[16], new byte[SrtpKeys.MasterSaltLength(profile)], forRtcp);

    private static ISrtpCipher Cipher(SrtpProfile profile, bool forRtcp) => profile == SrtpProfile.AeadAes128Gcm
        ? new FrameworkGcmCipher(Keys(profile, forRtcp))
        : new FrameworkCounterCipher(Keys(profile, forRtcp));

    private static void Feedback(byte[] input)
    {
        var reader = new RtcpReader(input);
        Span<ushort> lost = stackalloc ushort[17];
        while (reader.TryRead())
        {
            // As the viewer's side reads them, and each also where it does not belong.
            for (int at = 0, count; (count = RtcpFeedback.ReadNack(reader.Body, at, lost)) > 0; at++)
            {
                Unless(count <= 17, "an entry names at most seventeen");
            }

            Unless(RtcpFeedback.ReadRemb(reader.Body) is null or >= 0, "a rate is a rate");
            _ = RtcpFeedback.ReadReferenceTime(reader.Body);
            _ = reader.SenderReport.WallClock;
            Unless(reader.Kind != RtcpKind.TransportFeedback || reader.Body.Length >= 8, "feedback names its source");
        }
    }

    private static void Extensions(byte[] input)
    {
        if (RtpPacket.TryParse(input, out var packet) != RtpParseError.None)
        {
            return;
        }

        for (var id = 0; id <= 15; id++)
        {
            if (HeaderExtensions.TryFind(packet, id, out var value))
            {
                Unless(value.Length is >= 1 and <= 16 && value.Length < packet.Extension.Length, "an element lies inside its extension");
            }
        }
    }

    private static void Records(byte[] input)
    {
        var rest = input.AsSpan();
        for (int length; (length = DtlsRecords.Cut(rest, 1200)) > 0; rest = rest[length..])
        {
            Unless(length >= DtlsRecords.HeaderLength && length <= rest.Length, "a datagram has whole records");
            Unless(length <= 1200 || length == DtlsRecords.HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(rest[11..]), "only one record may be longer");
        }
    }

    private static void Frames(byte[] input)
    {
        var rest = input.AsSpan();
        var taken = 0;
        while (StreamFraming.TryRead(ref rest, out var frame) == FrameRead.Frame)
        {
            taken += StreamFraming.HeadLength + frame.Length;
            Unless(taken + rest.Length == input.Length, "nothing is lost between frames");
        }
    }

    private sealed record Secrets(SrtpKeys Keys, ISrtpCipher Cipher, SrtpKeys RtcpKeys, ISrtpCipher RtcpCipher);
}
