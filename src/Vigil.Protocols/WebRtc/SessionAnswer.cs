using System.Globalization;
using System.Net;
using System.Text;
using Vigil.Protocols.Ice;

namespace Vigil.Protocols.WebRtc;

/// <summary>One section of our answer; null codec = refused (port 0).</summary>
public sealed record AnsweredMedia
{
    public OfferedCodec? Codec { get; init; }

    /// <summary>Retransmissions of <see cref="Codec"/> (RFC 4588), when offered and wanted.</summary>
    public OfferedCodec? Retransmission { get; init; }

    public MediaDirection Direction { get; init; } = MediaDirection.Inactive;

    /// <summary>What we send with; 0 when we don't send.</summary>
    public uint Ssrc { get; init; }

    public uint RetransmissionSsrc { get; init; }

    /// <summary>Format parameters to answer with; null repeats the offer's.</summary>
    public string? Format { get; init; }

    /// <summary>URIs of header extensions kept from the offer.</summary>
    public IReadOnlyCollection<string> Extensions { get; init; } = [];
}

/// <summary>Our side of the transport, the same for every section.</summary>
public sealed record AnswerTransport
{
    public required IceCredentials Ice { get; init; }

    /// <summary>SHA-256 of our DTLS certificate.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Addresses that a client can reach, best first.</summary>
    public required IReadOnlyList<IPEndPoint> UdpCandidates { get; init; }

    public IReadOnlyList<IPEndPoint> TcpCandidates { get; init; } = [];

    public required ulong SessionId { get; init; }

    /// <summary>We begin the handshake, because the offerer waits for it.</summary>
    public bool IsActive { get; init; }

    /// <summary>Shared by picture and sound, so that a player keeps them in step (RFC 3550 §6.5.1).</summary>
    public string StreamName { get; init; } = "vigil";
}

/// <summary>
/// Writes the answer of an ICE-lite, bundled peer, DTLS-passive unless the offerer is. Every line here is one that Chromium, Firefox, Safari or
/// GStreamer insists on or uses; docs/design/webrtc.md lists which.
/// </summary>
public static class SessionAnswer
{
    private static readonly string[] KeptFeedback = ["nack", "nack pli", "ccm fir", "goog-remb", "transport-cc", "rrtr"];

    /// <param name="offer">Parsed and accepted.</param>
    /// <param name="answers">One per offered section, in order.</param>
    /// <param name="transport">Ours.</param>
    public static string Write(SessionOffer offer, IReadOnlyList<AnsweredMedia> answers, AnswerTransport transport)
    {
        var sdp = new StringBuilder(2048);
        Line($"v=0");
        Line($"o=- {transport.SessionId} 1 IN IP4 127.0.0.1");
        Line($"s=-");
        Line($"t=0 0");
        Line($"a=ice-lite");
        if (offer.IsBundled)
        {
            WriteBundle();
        }

        Line($"a=msid-semantic: WMS {transport.StreamName}");
        for (var i = 0; i < offer.Media.Count; i++)
        {
            WriteMedia(offer.Media[i], answers[i]);
        }

        return sdp.ToString();

        void WriteBundle()
        {
            var bundled = offer.Media.Where((media, i) => media.Mid is not null && answers[i].Codec is not null).Select(media => media.Mid);
            Line($"a=group:BUNDLE {string.Join(' ', bundled)}");
        }

        void WriteMedia(OfferedMedia media, AnsweredMedia answer)
        {
            if (answer.Codec is not { } codec)
            {
                Line($"m={media.Kind} 0 {media.Protocol} {media.Formats.Split(' ')[0]}");
                Line($"c=IN IP4 0.0.0.0");
                if (media.Mid is not null)
                {
                    Line($"a=mid:{media.Mid}");
                }

                Line($"a=inactive");
                return;
            }

            var types = answer.Retransmission is { } rtx ? $"{codec.PayloadType} {rtx.PayloadType}" : $"{codec.PayloadType}";
            Line($"m={media.Kind} 9 {media.Protocol} {types}");
            Line($"c=IN IP4 0.0.0.0");
            if (media.Mid is not null)
            {
                Line($"a=mid:{media.Mid}");
            }

            Line($"a=ice-ufrag:{transport.Ice.UsernameFragment}");
            Line($"a=ice-pwd:{transport.Ice.Password}");
            Line($"a=fingerprint:sha-256 {transport.Fingerprint}");
            Line($"a=setup:{(transport.IsActive ? "active" : "passive")}");
            Line($"a={Word(answer.Direction)}");
            Line($"a=rtcp-mux");
            Line($"a=rtcp-mux-only"); // RFC 9725 §4.4.1
            Line($"a=rtcp-rsize");
            WriteCodec(codec, answer.Format ?? codec.Format);
            if (answer.Retransmission is { } retransmission)
            {
                WriteCodec(retransmission, retransmission.Format);
            }

            foreach (var uri in answer.Extensions)
            {
                Line($"a=extmap:{media.Extensions[uri]} {uri}");
            }

            if (answer.Ssrc != 0)
            {
                Line($"a=msid:{transport.StreamName} {media.Kind}");

                // The media's own source comes first: Chromium takes the first one it reads for the picture.
                Line($"a=ssrc:{answer.Ssrc} cname:{transport.StreamName}");
                if (answer.RetransmissionSsrc != 0)
                {
                    Line($"a=ssrc:{answer.RetransmissionSsrc} cname:{transport.StreamName}");
                    Line($"a=ssrc-group:FID {answer.Ssrc} {answer.RetransmissionSsrc}");
                }
            }

            WriteCandidates();
        }

        void WriteCodec(OfferedCodec codec, string format)
        {
            Line($"a=rtpmap:{codec.PayloadType} {codec.Name}/{codec.ClockRate}{(codec.Channels > 1 ? $"/{codec.Channels}" : "")}");
            if (format.Length > 0)
            {
                Line($"a=fmtp:{codec.PayloadType} {format}");
            }

            foreach (var feedback in codec.Feedback.Intersect(KeptFeedback))
            {
                Line($"a=rtcp-fb:{codec.PayloadType} {feedback}");
            }
        }

        void WriteCandidates()
        {
            // RFC 8445 §5.1.2.1: type preference 126 for host; TCP below UDP (RFC 6544 §4.2).
            var rank = 65_535;
            foreach (var candidate in transport.UdpCandidates)
            {
                Line($"a=candidate:{rank} 1 udp {(126u << 24) | ((uint)rank-- << 8) | 255} {candidate.Address} {candidate.Port} typ host");
            }

            foreach (var candidate in transport.TcpCandidates)
            {
                Line($"a=candidate:{rank} 1 tcp {(90u << 24) | ((uint)rank-- << 8) | 255} {candidate.Address} {candidate.Port} typ host tcptype passive");
            }

            Line($"a=end-of-candidates");
        }

        void Line(FormattableString text) => sdp.Append(text.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
    }

    private static string Word(MediaDirection direction) => direction switch
    {
        MediaDirection.SendReceive => "sendrecv",
        MediaDirection.SendOnly => "sendonly",
        MediaDirection.ReceiveOnly => "recvonly",
        _ => "inactive",
    };
}
