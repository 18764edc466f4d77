using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Media.Ingest;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;
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

/// <summary>What came of trickled candidates.</summary>
public enum TrickleAnswer
{
    Taken,
    NoSession,
    Unreadable,

    /// <summary>The client wants to restart ICE, which we don't do: a client moves by its checks, or begins again.</summary>
    OtherIceSession,
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
    /// <summary>Longest offer and longest list of candidates, in bytes.</summary>
    public const int LongestOffer = SessionOffer.MaxLength;
    public const int LongestTrickle = TrickleFragment.MaxLength;

    private readonly WebRtcHost host;
    private readonly TimeProvider time;
    private readonly ILoggerFactory logs;
    private readonly ILogger logger;
    private readonly WebRtcSound sound;
    private readonly PublisherDesk publishers;
    private readonly ConcurrentDictionary<string, PeerTransport> transports = new();
    private readonly ConcurrentDictionary<string, WhepViewer> viewers = new();
    private readonly ConcurrentDictionary<MediaBus, RtpFanout> fanouts = new();

    public WebRtcSessions(WebRtcOptions options, MediaEngine engine, TimeProvider time, ILoggerFactory logs, WebRtcSound? sound = null)
    {
        this.time = time;
        this.logs = logs;
        this.sound = sound ?? new WebRtcSound();
        publishers = engine.Publishers;
        logger = logs.CreateLogger<WebRtcSessions>();
        host = new WebRtcHost(options, time, logger) { OthersStuck = () => fanouts.Values.Any(fanout => fanout.Turn.IsStuck()) };
    }

    /// <summary>The UDP sockets of all sessions.</summary>
    public IReadOnlyList<IPEndPoint> Listening => host.Candidates(clientIsLocal: true);

    public bool ListensByTcp => host.ListensByTcp;

    /// <summary>Why there is no WebRTC at all; null while there is. A port that is taken is tried again, ever more rarely.</summary>
    public string? Trouble => host.Trouble;

    public int SessionCount => host.SessionCount;

    internal WebRtcHost Host => host;

    internal PeerTransport? TransportOf(string sessionId) => transports.GetValueOrDefault(sessionId);

    /// <summary>Answers a viewer's offer (WHEP). The session frees itself when the viewer goes, or within 30 s of its vanishing.</summary>
    /// <param name="bus">What to watch.</param>
    /// <param name="sdp">The offer.</param>
    /// <param name="clientIsLocal">The request came over loopback: then loopback addresses are offered too.</param>
    /// <param name="asked">The address of ours that the request came to: offered first, because the client reaches it.</param>
    /// <param name="small">The camera's small picture, for lines that can't carry the other.</param>
    /// <param name="asksForSmall">The viewer wants the small picture whatever its line.</param>
    public WebRtcResult Watch(
        MediaBus bus, string sdp, bool clientIsLocal, IPAddress? asked = null, MediaBus? small = null, bool asksForSmall = false)
    {
        if (SessionOffer.TryParse(sdp, out var offer) is not OfferError.None and var error)
        {
            return new WebRtcResult(WebRtcRefusal.BadOffer, Why(error));
        }

        if (bus.Video is null && bus.Audio is null)
        {
            return new WebRtcResult(WebRtcRefusal.NotLive, "The camera has sent nothing yet.");
        }

        // Browsers take H.264 here. Of a camera whose big picture is something else, the small one is shown; its codec is seen when it comes.
        asksForSmall |= bus.Video is { Codec: not Codec.H264 };
        var shown = asksForSmall && small is not null && small != bus ? small.Video?.Codec ?? Codec.H264 : bus.Video?.Codec;
        var video = shown == Codec.H264 ? Choose(offer, "video", CodecChoice.Video) : default;
        var audio = bus.Audio is { } heard ? Choose(offer, "audio", media => CodecChoice.Audio(media, heard.Codec)) : default;
        if (video.Codec is null && audio.Codec is null)
        {
            return new WebRtcResult(WebRtcRefusal.NoCommonCodec, "This player understands neither the picture nor the sound of the camera.");
        }

        if (host.Create(offer.TransportOf([.. new[] { video.Media, audio.Media }.OfType<OfferedMedia>()])) is not { } transport)
        {
            return new WebRtcResult(WebRtcRefusal.Busy, "Too many people are watching.");
        }

        var id = Register(transport);
        var fanout = fanouts.GetOrAdd(bus, b => new RtpFanout(b, small, new OpusSound(b, sound, time, logs), time, logger, Idle));
        asksForSmall &= fanout.HasSmallVideo;
        var retransmission = video.Media is null ? null : CodecChoice.Retransmission(video.Media, video.Codec!);
        var viewer = new WhepViewer(transport, fanout, time, () => Forget(id))
        {
            Video = video.Codec is null ? null : new ViewerTrack(
                asksForSmall ? fanout.SmallVideo : fanout.Video, transport, video.Codec.PayloadType, retransmission?.PayloadType ?? 0)
            {
                PlayoutDelayId = video.Media!.Extensions.TryGetValue(PlayoutDelay.Uri, out var number) ? number : 0,
            },
            Audio = audio.Codec is null ? null : new ViewerTrack(
                audio.Codec.Name switch { "PCMA" => fanout.PcmA, "PCMU" => fanout.PcmU, _ => fanout.Opus }, transport, audio.Codec.PayloadType, 0),
            AsksForSmall = asksForSmall,
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
                Extensions = Kept(media, PlayoutDelay.Uri),
            }
            : media == audio.Media ? new AnsweredMedia { Codec = audio.Codec, Direction = MediaDirection.SendOnly, Ssrc = viewer.Audio!.Ssrc }
            : new AnsweredMedia()).ToList();
        return new WebRtcResult(WebRtcRefusal.None, "", id, Answer(offer, answers, transport, host.Candidates(clientIsLocal, asked)));
    }

    /// <summary>Answers a publisher's offer (WHIP, RFC 9725). Media goes to the camera of this id once it has started with a whip address.</summary>
    /// <param name="cameraId">Which camera.</param>
    /// <param name="sdp">The offer.</param>
    /// <param name="clientIsLocal">The request came over loopback: then loopback addresses are offered too.</param>
    /// <param name="asked">The address of ours that the request came to: offered first, because the client reaches it.</param>
    /// <param name="replaced">Called with the session's name when a newer publisher takes the camera; must not wait.</param>
    public WebRtcResult Publish(int cameraId, string sdp, bool clientIsLocal, IPAddress? asked = null, Action<string>? replaced = null) => Accept(
        sdp,
        media => media.Kind == "video" ? CodecChoice.PublishedVideo(media) : media.Kind == "audio" ? CodecChoice.PublishedAudio(media) : null,
        "Vigil takes H.264 pictures, and Opus or G.711 sound.",
        (_, publisher) => publishers.Arrived(cameraId, publisher),
        (_, publisher) => publishers.Left(cameraId, publisher),
        clientIsLocal,
        asked,
        replaced);

    /// <summary>Answers the offer of somebody who speaks into a room: sound only, Opus.</summary>
    /// <param name="line">Into which room.</param>
    /// <param name="sdp">The offer.</param>
    /// <param name="ended">Called once with the session's name when it is over; must not wait.</param>
    /// <param name="clientIsLocal">The request came over loopback: then loopback addresses are offered too.</param>
    /// <param name="asked">The address of ours that the request came to: offered first, because the client reaches it.</param>
    public WebRtcResult Speak(TalkLine line, string sdp, Action<string> ended, bool clientIsLocal, IPAddress? asked = null) => Accept(
        sdp,
        media => media.Kind == "audio" ? media.Codecs.FirstOrDefault(codec => codec is { Name: "OPUS", ClockRate: 48_000 }) : null,
        "A voice is sent as Opus sound.",
        (_, publisher) => publisher.Attach(line.Sink),
        (id, _) => ended(id),
        clientIsLocal,
        asked);

    /// <summary>Answers the offer of a room's device, which will hear whoever speaks.</summary>
    public WebRtcResult Listen(TalkLine line, string sdp, bool clientIsLocal, IPAddress? asked = null) => Watch(line.Bus, sdp, clientIsLocal, asked);

    public WebRtcSessionInfo? Find(string sessionId) => viewers.TryGetValue(sessionId, out var viewer)
        ? new WebRtcSessionInfo(sessionId, viewer.Transport.IsConnected, viewer.BitrateLimitBps)
        : null;

    /// <summary>Has the peer still to show itself?</summary>
    public bool IsPending(string sessionId) => transports.TryGetValue(sessionId, out var transport) && transport is { IsClosed: false, IsConnected: false };

    /// <summary>Takes candidates of a session's client. They change nothing: an ICE-lite server learns addresses from checks.</summary>
    public TrickleAnswer Trickle(string sessionId, string fragment) =>
        transports.GetValueOrDefault(sessionId) is not { } transport ? TrickleAnswer.NoSession
        : TrickleFragment.TryParse(fragment, out var parsed) != TrickleError.None ? TrickleAnswer.Unreadable
        : parsed!.UsernameFragment == transport.RemoteUsernameFragment ? TrickleAnswer.Taken
        : TrickleAnswer.OtherIceSession;

    public bool Exists(string sessionId) => transports.TryGetValue(sessionId, out var transport) && !transport.IsClosed;

    /// <summary>The address of a camera that is published to.</summary>
    public static Uri AddressOf(int cameraId) => PublishedIngest.AddressOf(cameraId);

    /// <summary>Ends a session; false when there is none of that name.</summary>
    public bool End(string sessionId)
    {
        if (!transports.TryRemove(sessionId, out var transport))
        {
            return false;
        }

        host.Remove(transport);
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

    /// <summary>Answers an offer to send.</summary>
    private WebRtcResult Accept(
        string sdp, Func<OfferedMedia, OfferedCodec?> choose, string wanted, Action<string, WhipPublisher> connected,
        Action<string, WhipPublisher> closed, bool clientIsLocal, IPAddress? asked, Action<string>? replaced = null)
    {
        if (SessionOffer.TryParse(sdp, out var offer) is not OfferError.None and var error)
        {
            return new WebRtcResult(WebRtcRefusal.BadOffer, Why(error));
        }

        var chosen = new Dictionary<OfferedMedia, OfferedCodec>();
        foreach (var media in offer.Media.Where(media => media.Direction is MediaDirection.SendOnly or MediaDirection.SendReceive))
        {
            if (choose(media) is { } codec && !chosen.Keys.Any(other => other.Kind == media.Kind))
            {
                chosen[media] = codec;
            }
        }

        if (chosen.Count == 0)
        {
            return new WebRtcResult(WebRtcRefusal.NoCommonCodec, wanted);
        }

        if (host.Create(offer.TransportOf(chosen.Keys)) is not { } transport)
        {
            return new WebRtcResult(WebRtcRefusal.Busy, "Too many sessions.");
        }

        var id = Register(transport);
        transport.Attach(new WhipPublisher(
            transport,
            publisher => connected(id, publisher),
            publisher =>
            {
                closed(id, publisher);
                Forget(id);
            })
        {
            Replaced = () => replaced?.Invoke(id),
            Tracks = [.. chosen.Select(pair => Track(pair.Key, pair.Value))],
            TransportCcId = chosen.Keys.Select(media => media.Extensions.TryGetValue(TransportCcFeedback.Uri, out var number) ? number : 0).Max(),
        });
        var answers = offer.Media.Select(media => chosen.TryGetValue(media, out var codec)
            ? new AnsweredMedia
            {
                Codec = codec,
                Format = CodecChoice.PublishedFormat(codec),
                Retransmission = media.Kind == "video" ? CodecChoice.Retransmission(media, codec) : null,
                Direction = MediaDirection.ReceiveOnly,
                Extensions = Kept(media, TransportCcFeedback.Uri),
            }
            : new AnsweredMedia()).ToList();
        return new WebRtcResult(WebRtcRefusal.None, "", id, Answer(offer, answers, transport, host.Candidates(clientIsLocal, asked)));
    }

    private static string[] Kept(OfferedMedia media, string extension) => media.Extensions.ContainsKey(extension) ? [extension] : [];

    private static PublishedTrack Track(OfferedMedia media, OfferedCodec codec)
    {
        var description = new RtpTrackDescription
        {
            Codec = codec.Name switch { "H264" => Codec.H264, "PCMA" => Codec.PcmA, "PCMU" => Codec.PcmU, _ => Codec.Opus },
            PayloadType = codec.PayloadType,
            ClockRate = codec.ClockRate,
            Channels = media.Kind == "audio" ? codec.Channels : 0,
            EncodingName = codec.Name,
        };
        var depacketizer = Depacketizer.Create(description)
            ?? throw new UnreachableException("CodecChoice only lets in what has a depacketizer.");
        return new PublishedTrack(description, depacketizer, CodecChoice.Retransmission(media, codec)?.PayloadType ?? 0);
    }

    private static string Why(OfferError error) => error switch
    {
        OfferError.NotBundled => "Offer picture and sound in one BUNDLE group (in GStreamer: bundle-policy=max-bundle).",
        _ => $"The offer can't be used: {error}.",
    };

    /// <summary>A camera that nobody watches keeps nothing; its next viewer makes it anew.</summary>
    private void Idle(RtpFanout fanout) => fanouts.TryRemove(new KeyValuePair<MediaBus, RtpFanout>(fanout.Bus, fanout));

    private string Register(PeerTransport transport)
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        transports[id] = transport;
        return id;
    }

    private void Forget(string id)
    {
        transports.TryRemove(id, out _);
        viewers.TryRemove(id, out _);
    }

    private string Answer(SessionOffer offer, IReadOnlyList<AnsweredMedia> answers, PeerTransport transport, IReadOnlyList<IPEndPoint> candidates) =>
        SessionAnswer.Write(offer, answers, new AnswerTransport
        {
            Ice = transport.Credentials,
            Fingerprint = host.Certificate.Fingerprint,
            UdpCandidates = candidates,
            TcpCandidates = host.ListensByTcp ? candidates : [],
            SessionId = (ulong)RandomNumberGenerator.GetInt32(int.MaxValue),
            IsActive = transport.BeginsHandshake,
        });

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
