using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.WebRtc;

namespace Vigil.Media.WebRtc;

/// <summary>Why no session was made.</summary>
public enum WebRtcRefusal
{
    None,

    /// <summary>The offer is not one: 400.</summary>
    BadOffer,

    /// <summary>Nothing that this camera sends can be played by the client: 406.</summary>
    NoCommonCodec,

    /// <summary>Too many sessions: 503.</summary>
    Busy,

    /// <summary>The camera has shown no picture yet: 409.</summary>
    NotLive,
}

/// <summary>What came of an offer: an answer and the name of the session, or a reason.</summary>
public sealed record WebRtcResult(WebRtcRefusal Refusal, string Detail, string SessionId = "", string Answer = "");

/// <summary>A session as others see it.</summary>
public sealed record WebRtcSessionInfo(string SessionId, bool Connected, long? BitrateLimitBps);

/// <summary>
/// WebRTC for the server: offers in, answers out. Knows buses and offers, not cameras' rights: whoever calls has checked them.
/// </summary>
public sealed class WebRtcSessions : IAsyncDisposable
{
    private readonly WebRtcHost host;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<string, WhepViewer> viewers = new();
    private readonly ConcurrentDictionary<MediaBus, RtpFanout> fanouts = new();

    public WebRtcSessions(WebRtcOptions options, TimeProvider time, ILoggerFactory logs)
    {
        this.time = time;
        host = new WebRtcHost(options, time, logs.CreateLogger<WebRtcSessions>());
    }

    public int SessionCount => host.SessionCount;

    /// <summary>Answers a viewer's offer (WHEP). The session frees itself when the viewer goes, or within 30 s of its vanishing.</summary>
    /// <param name="bus">What to watch.</param>
    /// <param name="sdp">The offer.</param>
    /// <param name="clientIsLocal">The request came over loopback: then loopback addresses are offered too.</param>
    public WebRtcResult Watch(MediaBus bus, string sdp, bool clientIsLocal)
    {
        if (SessionOffer.TryParse(sdp, out var offer) is not OfferError.None and var error)
        {
            return new WebRtcResult(WebRtcRefusal.BadOffer, $"The offer can't be used: {error}.");
        }

        if (bus.Video is null && bus.Audio is null)
        {
            return new WebRtcResult(WebRtcRefusal.NotLive, "The camera has sent nothing yet.");
        }

        var video = bus.Video?.Codec == Codec.H264 ? Choose(offer, "video", CodecChoice.Video) : default;
        var audio = bus.Audio is { } sound ? Choose(offer, "audio", media => CodecChoice.Audio(media, sound.Codec)) : default;
        if (video.Codec is null && audio.Codec is null)
        {
            return new WebRtcResult(WebRtcRefusal.NoCommonCodec, "This player understands neither the picture nor the sound of the camera.");
        }

        if (host.Create(offer.UsernameFragment, offer.Fingerprint) is not { } transport)
        {
            return new WebRtcResult(WebRtcRefusal.Busy, "Too many people are watching.");
        }

        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var fanout = fanouts.GetOrAdd(bus, b => new RtpFanout(b, time, frame => frame.Format.Codec is Codec.Aac ? null : frame));
        var retransmission = video.Media is null ? null : CodecChoice.Retransmission(video.Media, video.Codec!);
        var viewer = new WhepViewer(transport, fanout, time, () => viewers.TryRemove(id, out _))
        {
            Video = video.Codec is null ? null : new ViewerTrack(fanout.Video, transport, video.Codec.PayloadType, retransmission?.PayloadType ?? 0),
            Audio = audio.Codec is null ? null : new ViewerTrack(fanout.Audio, transport, audio.Codec.PayloadType, 0),
        };
        transport.Attach(viewer);
        viewers[id] = viewer;
        var answers = offer.Media.Select(media =>
            media == video.Media ? new AnsweredMedia
            {
                Codec = video.Codec,
                Retransmission = retransmission,
                Direction = MediaDirection.SendOnly,
                Ssrc = viewer.Video!.Ssrc,
                RetransmissionSsrc = retransmission is null ? 0 : viewer.Video.RetransmissionSsrc,
            }
            : media == audio.Media ? new AnsweredMedia { Codec = audio.Codec, Direction = MediaDirection.SendOnly, Ssrc = viewer.Audio!.Ssrc }
            : new AnsweredMedia()).ToList();
        var answer = SessionAnswer.Write(offer, answers, new AnswerTransport
        {
            Ice = transport.Credentials,
            Fingerprint = host.Certificate.Fingerprint,
            UdpCandidates = host.Candidates(clientIsLocal),
            SessionId = (ulong)RandomNumberGenerator.GetInt32(int.MaxValue),
        });
        return new WebRtcResult(WebRtcRefusal.None, "", id, answer);
    }

    public WebRtcSessionInfo? Find(string sessionId) => viewers.TryGetValue(sessionId, out var viewer)
        ? new WebRtcSessionInfo(sessionId, viewer.Transport.IsConnected, viewer.BitrateLimitBps)
        : null;

    /// <summary>Ends a session; false when there is none of that name.</summary>
    public bool End(string sessionId)
    {
        if (!viewers.TryRemove(sessionId, out var viewer))
        {
            return false;
        }

        host.Remove(viewer.Transport);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        foreach (var fanout in fanouts.Values)
        {
            await fanout.DisposeAsync();
        }
    }

    private static (OfferedMedia? Media, OfferedCodec? Codec) Choose(SessionOffer offer, string kind, Func<OfferedMedia, OfferedCodec?> choose)
    {
        foreach (var media in offer.Media)
        {
            if (media.Kind == kind && media.Direction is MediaDirection.ReceiveOnly or MediaDirection.SendReceive && choose(media) is { } codec)
            {
                return (media, codec);
            }
        }

        return default;
    }
}
