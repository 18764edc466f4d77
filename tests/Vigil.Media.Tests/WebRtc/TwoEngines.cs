using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Crypto;
using Vigil.Media.Ingest;
using Vigil.Media.WebRtc;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Ice;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Stun;
using Vigil.Protocols.WebRtc;
using Vigil.Testing;
using Vigil.Testing.Weather;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>
/// Our sender (a camera's fan-out and one viewer) and our receiver (a publisher's tracks) with everything of DTLS, SRTP and RTCP between
/// them, over a simulated network in simulated time. One thread; nothing waits.
/// </summary>
internal sealed class TwoEngines : IAsyncDisposable
{
    private static readonly TrackFormat Picture = new()
    {
        Codec = Codec.H264,
        ClockRate = 90_000,
        Config = Convert.FromHexString("0142C01EFFE1000C6742C01EDA02802DC8000003" + "01000468CE3C80"),
    };

    private static readonly TrackFormat Sound = OpusFormat.Format(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    private readonly ManualTime time = new();
    private readonly MediaBus sourceBus = new();
    private readonly MediaBus arrivedBus = new();
    private readonly RtpFanout fanout;
    private readonly SmallPicture noSmall;
    private readonly Subscription sourceFrames;
    private readonly Subscription arrivedFrames;
    private readonly DtlsContext serverContext;
    private readonly DtlsContext clientContext;
    private readonly PeerTransport server;
    private readonly PeerTransport client;
    private readonly WeatherRoad toClient;
    private readonly WeatherRoad toServer;
    private readonly byte[] buffer = new byte[64 * 1024];
    private TimeSpan now;
    private TimeSpan nextTick;
    private TimeSpan nextPicture;
    private TimeSpan nextSound;
    private int pictures;
    private int sounds;
    private TimeSpan pictureOffset;
    private TimeSpan soundOffset;

    public TwoEngines(int seed, Forecast forecast)
    {
        var serverCertificate = DtlsCertificate.Create(time.GetUtcNow());
        var clientCertificate = DtlsCertificate.Create(time.GetUtcNow());
        serverContext = new DtlsContext(serverCertificate, DtlsRole.Server);
        clientContext = new DtlsContext(clientCertificate, DtlsRole.Client);
        server = new PeerTransport(serverContext, IceCredentials.Create(), new OfferedTransport { UsernameFragment = "client", Fingerprint = clientCertificate.Fingerprint }, now);
        client = new PeerTransport(clientContext, IceCredentials.Create(), new OfferedTransport { UsernameFragment = "server", Fingerprint = serverCertificate.Fingerprint }, now);
        toClient = new WeatherRoad(seed, forecast, server);
        toServer = new WeatherRoad(seed + 1, forecast, client);
        Weather = forecast;

        fanout = new RtpFanout(
            sourceBus, null, new OpusSound(sourceBus, new WebRtcSound(), time, NullLoggerFactory.Instance), time, NullLogger.Instance, _ => { })
        {
            RunsByItself = false,
        };
        noSmall = new SmallPicture(null, fanout.SmallVideo);
        sourceFrames = sourceBus.Subscribe(new SubscriptionOptions { Name = "test" });
        arrivedFrames = arrivedBus.Subscribe(new SubscriptionOptions { Name = "test", Capacity = 1000 });
        Viewer = new WhepViewer(server, fanout, time, () => { })
        {
            Video = new ViewerTrack(fanout.Video, server, 103, 104),
            Audio = new ViewerTrack(fanout.Opus, server, 111, 0),
        };
        server.Attach(Viewer);
        Receiver = new WhipPublisher(client, _ => { }, _ => { })
        {
            Tracks = [Track(Codec.H264, 103, 90_000, 104), Track(Codec.Opus, 111, 48_000, 0)],
        };
        client.Attach(Receiver);
        Receiver.Attach(new StreamSink(arrivedBus, new FeedClock(time)));
        Check(server, toClient, "client");
        Check(client, toServer, "server");
    }

    public WhepViewer Viewer { get; }

    public WhipPublisher Receiver { get; }

    /// <summary>From now on the viewer's road throws when it is given media.</summary>
    public void BreakRoadToClient() => toClient.IsBroken = true;

    public bool ViewerHasEnded => server.IsClosed;

    public bool PublisherHasEnded => client.IsClosed;

    public bool Connected => server.IsConnected && client.IsConnected;

    public long DatagramsLost => toClient.Lost + toServer.Lost;

    public int PicturesSent => pictures;

    public int PicturesArrived { get; private set; }

    public int SoundsSent => sounds;

    public int SoundsArrived { get; private set; }

    /// <summary>Most milliseconds between two pictures that came out, since it was last set back.</summary>
    public double LongestGap { get; set; }

    /// <summary>Sound comes so much later than the picture of the same moment, as it does from a transcoder; its times are right.</summary>
    public TimeSpan SoundLag { get; init; }

    /// <summary>At the far end: by how much the newest sound is placed later than the picture of the same moment.</summary>
    public TimeSpan Skew => soundOffset - pictureOffset;

    /// <summary>Gaps of more than 200 ms.</summary>
    public int Freezes { get; set; }

    private TimeSpan lastPictureAt;

    public Forecast Weather
    {
        get;
        set => toClient.Forecast = toServer.Forecast = field = value;
    }

    /// <summary>Lets time pass; pictures (25/s, a key frame every two seconds) and sound (50/s) flow once both ends are connected.</summary>
    public void Run(TimeSpan length, bool send = true)
    {
        for (var end = now + length; now < end;)
        {
            now += Step;
            time.Advance(Step);
            toClient.Now = toServer.Now = now;
            toClient.Deliver(client, toServer);
            toServer.Deliver(server, toClient);
            if (now >= nextTick)
            {
                nextTick = now + TickInterval;
                server.Tick(now);
                client.Tick(now);
            }

            if (send && Connected)
            {
                Publish();
            }

            // Behind is whoever catches up: rounds come every 5 ms then, as here.
            fanout.Round(sourceFrames, noSmall);
            Viewer.Send(buffer, now);
            TakeArrived();
        }
    }

    /// <summary>The viewer shall change to another source, whose group of pictures is longer than what is kept of it by the time it looks.</summary>
    public void OfferLongGroup()
    {
        Viewer.Video!.SwitchTo(fanout.SmallVideo);
        for (var number = 0; number < 3000; number++)
        {
            var at = new MediaTime(now.Ticks + number);
            fanout.SmallVideo.Add(
                new MediaFrame { Format = Picture, Pts = at, Dts = at, IsKeyFrame = number == 0, WallClock = time.GetUtcNow(), Payload = new byte[] { 0, 0, 0, 2, (byte)(number == 0 ? 0x65 : 0x41), 0 } },
                now);
        }
    }

    /// <summary>One picture goes through the fan-out as it is.</summary>
    public void SendOneRound()
    {
        now += TimeSpan.FromMilliseconds(40);
        Publish();
        fanout.Round(sourceFrames, noSmall);
    }

    public async ValueTask DisposeAsync()
    {
        server.Dispose();
        client.Dispose();
        serverContext.Dispose();
        clientContext.Dispose();
        sourceFrames.Dispose();
        arrivedFrames.Dispose();
        await fanout.DisposeAsync();
    }

    private static PublishedTrack Track(Codec codec, int type, int rate, int retransmission)
    {
        var description = new RtpTrackDescription { Codec = codec, PayloadType = type, ClockRate = rate, Channels = codec == Codec.Opus ? 2 : 0, EncodingName = codec.ToString() };
        return new PublishedTrack(description, Depacketizer.Create(description)!, retransmission);
    }

    private static void Check(PeerTransport transport, IRoad road, string from)
    {
        var bytes = new byte[256];
        var writer = new StunWriter(bytes, StunType.BindingRequest, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        writer.Add(StunAttribute.Username, $"{transport.UsernameFragment}:{from}");
        writer.Add(StunAttribute.IceControlling, 1ul);
        writer.Add(StunAttribute.UseCandidate, []);
        writer.Sign(Encoding.ASCII.GetBytes(transport.Credentials.Password));
        writer.AddFingerprint();
        StunMessage.TryParse(bytes.AsSpan(0, writer.Written.Length), out var message).ShouldBe(StunParseError.None);
        transport.Check(message, road, new byte[256], TimeSpan.Zero).ShouldBeGreaterThan(0);
    }

    private void Publish()
    {
        if (now >= nextPicture)
        {
            nextPicture = (nextPicture == default ? now : nextPicture) + TimeSpan.FromMilliseconds(40);
            var key = pictures % 50 == 0;
            Offer(Picture, key, key ? 12_000 : 2_000, (byte)(key ? 0x65 : 0x41), pictures++);
        }

        if (now >= nextSound)
        {
            nextSound = (nextSound == default ? now : nextSound) + TimeSpan.FromMilliseconds(20);
            Offer(Sound, true, 80, 0, sounds++);
        }
    }

    private void Offer(TrackFormat format, bool key, int size, byte nal, int number)
    {
        var isPicture = format.Kind == TrackKind.Video;
        var payload = new byte[size];
        payload.AsSpan().Fill(0xAB); // No start codes inside.
        if (isPicture)
        {
            BinaryPrimitives.WriteInt32BigEndian(payload, size - 4);
            payload[4] = nal;
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(8), number | 0x4000_0000);
        }
        else
        {
            payload[0] = 0x48; // One frame of 20 ms (RFC 6716 §3.1: SILK-only wideband).
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(1), number);
        }

        var lag = isPicture ? TimeSpan.Zero : SoundLag;
        var at = new MediaTime((now - lag).Ticks);
        sourceBus.Publish(new MediaFrame { Format = format, Pts = at, Dts = at, IsKeyFrame = key, WallClock = time.GetUtcNow() - lag, Payload = payload });
    }

    private void TakeArrived()
    {
        while (arrivedFrames.TryRead(out var frame))
        {
            if (frame.Kind == TrackKind.Audio)
            {
                SoundsArrived++;
                var sound = BinaryPrimitives.ReadInt32BigEndian(frame.Payload.Span[1..]);
                soundOffset = new TimeSpan(frame.Pts.Ticks) - TimeSpan.FromMilliseconds(20 * sound) + SoundLag;
                continue;
            }

            if (PicturesArrived++ > 0)
            {
                var gap = (now - lastPictureAt).TotalMilliseconds;
                LongestGap = Math.Max(LongestGap, gap);
                Freezes += gap > 200 ? 1 : 0;
            }

            lastPictureAt = now;
            var picture = BinaryPrimitives.ReadInt32BigEndian(frame.Payload.Span[8..]) & 0x3FFF_FFFF;
            pictureOffset = new TimeSpan(frame.Pts.Ticks) - TimeSpan.FromMilliseconds(40 * picture);
        }
    }
}
