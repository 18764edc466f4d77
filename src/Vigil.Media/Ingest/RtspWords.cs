using System.Globalization;
using Vigil.Protocols.Rtsp;
using Vigil.Protocols.Sdp;

namespace Vigil.Media.Ingest;

/// <summary>What the end of a session means, for people.</summary>
internal static class RtspWords
{
    public static IngestEnd Explain(RtspSession session, StreamRequest request, StreamSink sink, bool anyPackets) => session.End switch
    {
        RtspEnd.NoAnswer => new(FeedFailure.NoAnswer, "The camera takes the connection but does not answer."),
        RtspEnd.WrongPassword => new(FeedFailure.WrongPassword, "The camera refuses this user name and password."),
        RtspEnd.PasswordNeeded => new(FeedFailure.WrongPassword, "The camera asks for a user name and a password."),
        RtspEnd.NoSuchStream => new(FeedFailure.NoSuchStream, "The camera has no such stream: check the path of the address."),
        RtspEnd.DatagramOnly => new(FeedFailure.ProtocolError, "The camera sends only over UDP.", OtherIngestMayWork: true),
        RtspEnd.Busy => new(FeedFailure.ProtocolError, "The camera is busy: it allows no more viewers."),
        RtspEnd.NotRtsp => new(FeedFailure.NotACamera, sink.LastUnitAt is null
            ? "What answers there is not an RTSP camera."
            : "The camera's stream turned into garbage."),
        RtspEnd.BadDescription => new(FeedFailure.ProtocolError, "The camera's stream description makes no sense.", OtherIngestMayWork: true),
        // ffmpeg knows many kinds of sound, and takes MPEG-TS apart; any other picture it could only copy.
        RtspEnd.NothingToPlay when request.WantVideo && session.Description?.Media.Any(m => m.Kind == "video" && !IsTransportStream(m)) == true => new(
            FeedFailure.UnsupportedCodec, $"The camera sends {Offered(session)}, which Vigil cannot carry: set it to H.264."),
        RtspEnd.NothingToPlay => new(
            FeedFailure.UnsupportedCodec, $"The camera sends {Offered(session)}, which Vigil cannot carry.", OtherIngestMayWork: true),
        RtspEnd.Refused => new(
            FeedFailure.ProtocolError,
            string.Create(CultureInfo.InvariantCulture, $"The camera refuses with status {session.LastStatus}."),
            OtherIngestMayWork: true),
        RtspEnd.ServerEnded => new(FeedFailure.NoAnswer, "The camera ended the stream."),
        _ => sink.LastUnitAt is null && anyPackets
            ? new(FeedFailure.ProtocolError, "The camera sends data, but no picture could be put together from it.")
            : session.State == RtspState.AskingOptions
                ? new(FeedFailure.NotACamera, "What answers there hangs up at once.")
                : new(FeedFailure.NoAnswer, "The camera closed the connection."),
    };

    /// <summary>RFC 3551 §6: payload type 33 needs no rtpmap.</summary>
    private static bool IsTransportStream(SdpMedia media) => media.PayloadTypes.Any(type => type == 33 || media.Map(type)?.Encoding == "MP2T");

    /// <summary>A camera's word, fit to be shown.</summary>
    public static string Name(string encoding) => new([.. encoding.Where(char.IsAsciiLetterOrDigit).Take(16)]);

    private static string Offered(RtspSession session)
    {
        var names = session.Description?.Media
            .SelectMany(m => m.PayloadTypes.Select(m.Map))
            .OfType<SdpRtpMap>()
            .Select(m => Name(m.Encoding))
            .Where(n => n.Length > 0)
            .Distinct()
            .Take(4)
            .ToList() ?? [];
        return names.Count == 0 ? "nothing known" : string.Join(", ", names);
    }
}
