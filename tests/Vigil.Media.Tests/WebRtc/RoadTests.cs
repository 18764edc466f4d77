using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Crypto;
using Vigil.Media.WebRtc;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;
using Vigil.Testing;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>The ways to a peer, and how they end: UDP and TCP, IPv4 and IPv6, strangers, floods and peers that vanish.</summary>
public sealed class RoadTests : IAsyncDisposable
{
    private static readonly TrackFormat Picture = new()
    {
        Codec = Codec.H264,
        ClockRate = 90_000,
        Config = Convert.FromHexString("0142E01FFFE100046742E01F01000268CE"),
    };

    private readonly ManualTime time = new();
    private readonly MediaBus bus = new();
    private readonly MediaEngine engine;
    private readonly WebRtcSessions sessions;
    private int frames;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public RoadTests()
    {
        engine = new MediaEngine(new MediaEngineOptions(), time, NullLoggerFactory.Instance);
        sessions = new WebRtcSessions(new WebRtcOptions { Port = 0 }, engine, time, NullLoggerFactory.Instance);
        Publish(key: true);
    }

    private WebRtcHost Host => sessions.Host;

    public async ValueTask DisposeAsync()
    {
        await sessions.DisposeAsync();
        await engine.DisposeAsync();
    }

    [Theory]
    [InlineData("127.0.0.1", false, DtlsContext.DefaultProfiles)]
    [InlineData("127.0.0.1", true, DtlsContext.DefaultProfiles)]
    [InlineData("127.0.0.1", false, "SRTP_AES128_CM_SHA1_80")]
    [InlineData("127.0.0.1", true, "SRTP_AES128_CM_SHA1_80")]
    [InlineData("::1", false, DtlsContext.DefaultProfiles)]
    [InlineData("::1", true, DtlsContext.DefaultProfiles)]
    public async Task A_viewer_sees_by_UDP_and_TCP_over_IPv4_and_IPv6_under_both_ciphers(string server, bool byTcp, string profiles)
    {
        using var viewer = new TestViewer { Server = IPAddress.Parse(server), ByTcp = byTcp, Profiles = profiles };
        await JoinAsync(viewer);

        Payload(await viewer.ReceiveRtpAsync(Cancel)).ShouldBe(Convert.FromHexString("6742E01F"));
        Host.ConnectionCount.ShouldBe(byTcp ? 1 : 0);
        await viewer.GoodbyeAsync(Cancel);
        await UntilAsync(() => sessions.SessionCount == 0);
    }

    [Fact]
    public async Task Replies_leave_from_the_address_that_was_asked()
    {
        using var viewer = new TestViewer { Server = IPAddress.Parse("127.0.0.9") };
        await JoinAsync(viewer);
        await viewer.ReceiveRtpAsync(Cancel);

        viewer.Road.From!.Address.ShouldBe(IPAddress.Parse("127.0.0.9"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_viewer_that_walks_to_another_address_keeps_its_session_by_a_signed_check(bool byTcp)
    {
        using var viewer = new TestViewer { ByTcp = byTcp };
        await JoinAsync(viewer);
        await viewer.ReceiveRtpAsync(Cancel);
        await viewer.MoveAsync(check: true, Cancel);
        Publish(key: true);

        await viewer.ReceiveRtpAsync(Cancel);
        sessions.SessionCount.ShouldBe(1);
    }

    [Fact]
    public async Task Media_from_an_address_that_nobody_checked_moves_nothing()
    {
        using var viewer = new TestViewer();
        var id = await JoinAsync(viewer);
        await viewer.ReceiveRtpAsync(Cancel);
        var before = Host.Strangers;
        var road = sessions.TransportOf(id)!.Road;
        await viewer.MoveAsync(check: false, Cancel);
        await viewer.SendRtcpAsync(PictureLoss(), Cancel);
        await viewer.SendRawAsync(viewer.Request(signedWith: "a guess"), Cancel);

        await UntilAsync(() => Host.Strangers == before + 2);
        sessions.TransportOf(id)!.Road.ShouldBe(road);
    }

    [Fact]
    public async Task A_phone_that_walks_for_ever_leaves_no_trail()
    {
        using var viewer = new TestViewer();
        await JoinAsync(viewer);
        for (var step = 0; step < 30; step++)
        {
            await viewer.MoveAsync(check: true, Cancel);
        }

        Host.RoadCount.ShouldBe(PeerTransport.MaxRoads);
        await viewer.GoodbyeAsync(Cancel);
        await UntilAsync(() => sessions.SessionCount == 0 && Host.RoadCount == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_vanishes_is_forgotten_after_thirty_seconds(bool byTcp)
    {
        using var viewer = new TestViewer { ByTcp = byTcp };
        var id = await JoinAsync(viewer);
        await viewer.ReceiveRtpAsync(Cancel);
        time.Advance(TimeSpan.FromSeconds(29));
        sessions.SessionCount.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(1.2));

        await UntilAsync(() => sessions.SessionCount == 0 && Host.RoadCount == 0);
        sessions.Find(id).ShouldBeNull();
        time.Advance(TimeSpan.FromSeconds(3));
        await UntilAsync(() => Host.ConnectionCount == 0);
    }

    [Fact]
    public async Task Hundreds_of_joins_and_leaves_leave_nothing_behind()
    {
        var after = new List<long>();
        for (var visit = 1; visit <= 400; visit++)
        {
            using var viewer = new TestViewer { ByTcp = visit % 4 == 0 };
            await JoinAsync(viewer);
            await viewer.ReceiveRtpAsync(Cancel);
            await viewer.GoodbyeAsync(Cancel);
            await UntilAsync(() => sessions.SessionCount == 0);
            if (visit % 100 == 0)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                after.Add(Environment.WorkingSet / 1024);
            }
        }

        Host.RoadCount.ShouldBe(0);
        await UntilAsync(() => Host.ConnectionCount == 0);
        TestContext.Current.TestOutputHelper?.WriteLine($"kB after each hundred: {string.Join(' ', after)}");
    }

    [Fact]
    public async Task Checks_keep_an_idle_session_alive()
    {
        using var viewer = new TestViewer();
        await JoinAsync(viewer);
        for (var minute = 0; minute < 10; minute++)
        {
            time.Advance(TimeSpan.FromSeconds(25));
            await viewer.CheckAsync(Cancel);
        }

        sessions.SessionCount.ShouldBe(1);
    }

    [Fact]
    public async Task An_offer_that_nobody_follows_up_and_a_handshake_that_breaks_off_are_forgotten()
    {
        using var silent = new TestViewer();
        sessions.Watch(bus, silent.Offer, clientIsLocal: true).Refusal.ShouldBe(WebRtcRefusal.None);
        using var broken = new TestViewer();
        var answer = sessions.Watch(bus, broken.Offer, clientIsLocal: true).Answer;
        await broken.CheckAsync(answer, Cancel);
        var hello = broken.Hello(answer);
        await broken.SendRawAsync(hello.AsMemory(0, hello.Length / 2), Cancel);
        sessions.SessionCount.ShouldBe(2);

        time.Advance(PeerTransport.HandshakeLimit + TimeSpan.FromSeconds(1));
        await UntilAsync(() => sessions.SessionCount == 0 && Host.RoadCount == 0);
    }

    [Fact]
    public void Offers_without_end_are_refused_at_the_limit_of_peers_that_have_not_shown_themselves()
    {
        using var viewer = new TestViewer();
        for (var i = 0; i < 200; i++)
        {
            sessions.Watch(bus, viewer.Offer, clientIsLocal: true).Refusal.ShouldBe(WebRtcRefusal.None);
        }

        sessions.Watch(bus, viewer.Offer, clientIsLocal: true).Refusal.ShouldBe(WebRtcRefusal.Busy);
    }

    [Fact]
    public async Task A_replayed_packet_is_dropped()
    {
        using var viewer = new TestViewer();
        var id = await JoinAsync(viewer);
        var first = await viewer.ReceiveRtpAsync(Cancel);
        var transport = sessions.TransportOf(id)!;
        var sent = await viewer.SendRtcpAsync(Nack(first), Cancel);
        (await NextRetransmissionAsync(viewer)).ShouldBe(first[2..4]);
        await viewer.SendRawAsync(sent, Cancel);
        await viewer.SendRawAsync(sent, Cancel);

        await UntilAsync(() => transport.Refused == 2);
        (await viewer.SendRtcpAsync(Nack(first), Cancel)).ShouldNotBe(sent);
        (await NextRetransmissionAsync(viewer)).ShouldBe(first[2..4]);
    }

    [Fact]
    public async Task A_viewer_who_does_not_read_costs_a_bounded_queue_and_goes_on_with_a_key_frame()
    {
        var skipped = 0L;
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: MediaMeter.Name, Name: "vigil.media.webrtc_packets_dropped" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            Interlocked.Add(ref skipped, tags[0] is { Key: "reason", Value: "behind" } ? count : 0));
        meters.Start();
        using var viewer = new TestViewer { ByTcp = true };
        var id = await JoinAsync(viewer);
        var sequence = Sequence(await viewer.ReceiveRtpAsync(Cancel));
        var road = sessions.TransportOf(id)!.Road.ShouldBeOfType<TcpRoad>();

        // Nobody reads: the kernel's buffers fill (they grow for a while), then the queue, and then frames stay where they are.
        var jammed = 0;
        for (var frame = 0; jammed < 100; frame++)
        {
            Publish(key: frame % 20 == 0, size: 100_000);
            await Task.Yield();
            jammed = road.HasRoom ? 0 : jammed + 1;
        }

        road.QueuedBytes.ShouldBeLessThanOrEqualTo(256 * 1024);

        // What does arrive has no gap; and when there is room again it is a new key frame.
        byte[] packet;
        do
        {
            var arrives = viewer.ReceiveRtpAsync(Cancel);
            while (!arrives.IsCompleted)
            {
                // The room may come when all that was queued has been read: then nothing arrives until something new is published.
                if (road.HasRoom)
                {
                    Publish(key: true, last: 9);
                }

                await Task.WhenAny(arrives, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel));
            }

            packet = await arrives;
            Sequence(packet).ShouldBe(++sequence);
        }
        while (Payload(packet) is not [0x65, 9]);

        road.Dropped.ShouldBe(0);
        Interlocked.Read(ref skipped).ShouldBeGreaterThan(0, "what was skipped is counted, because the sequence numbers hide it");
        sessions.SessionCount.ShouldBe(1);
    }

    private static ushort Sequence(byte[] packet) => (ushort)((packet[2] << 8) | packet[3]);

    private async Task<string> JoinAsync(TestViewer viewer)
    {
        var result = sessions.Watch(bus, viewer.Offer, clientIsLocal: true);
        result.Refusal.ShouldBe(WebRtcRefusal.None);
        await viewer.ConnectAsync(result.Answer, Cancel);
        viewer.State.ShouldBe(DtlsState.Connected);
        return result.SessionId;
    }

    private static async Task<byte[]> NextRetransmissionAsync(TestViewer viewer)
    {
        while (true)
        {
            var packet = await viewer.ReceiveRtpAsync(Cancel);
            if ((packet[1] & 0x7F) == 104)
            {
                return Payload(packet)[..2];
            }
        }
    }

    private static byte[] Nack(byte[] packet)
    {
        var nack = new byte[64];
        var length = RtcpFeedback.WriteNack(nack, 1, BitConverter.ToUInt32([packet[11], packet[10], packet[9], packet[8]]), [(ushort)((packet[2] << 8) | packet[3])]);
        return nack[..length];
    }

    private static byte[] PictureLoss()
    {
        var request = new byte[16];
        return request[..RtcpFeedback.WritePictureLoss(request, 1, 2)];
    }

    /// <summary>The engine does it a moment later, on a thread of its own.</summary>
    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private void Publish(bool key, int size = 2, byte last = 0)
    {
        byte[] payload = [0, (byte)(size >> 16), (byte)(size >> 8), (byte)size, (byte)(key ? 0x65 : 0x41), .. new byte[size - 2], last];
        var at = new MediaTime(frames++ * 400_000L);
        bus.Publish(new MediaFrame { Format = Picture, Pts = at, Dts = at, IsKeyFrame = key, WallClock = time.GetUtcNow(), Payload = payload });
    }

    private static byte[] Payload(byte[] packet)
    {
        RtpPacket.TryParse(packet, out var parsed).ShouldBe(RtpParseError.None);
        return parsed.Payload.ToArray();
    }
}
