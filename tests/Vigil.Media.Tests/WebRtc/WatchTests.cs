using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Crypto;
using Vigil.Media.WebRtc;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtcp;
using Vigil.Protocols.Rtp;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>The engine against a viewer of our own over loopback. Browsers and aiortc are in the end-to-end tests.</summary>
public sealed class WatchTests : IAsyncDisposable
{
    private static readonly TrackFormat Picture = new()
    {
        Codec = Codec.H264,
        ClockRate = 90_000,
        Config = Convert.FromHexString("0142E01FFFE100046742E01F01000268CE"),
    };

    private readonly MediaBus bus = new();
    private readonly MediaEngine engine = new(new MediaEngineOptions(), TimeProvider.System, NullLoggerFactory.Instance);
    private readonly WebRtcSessions sessions;
    private int frames;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public WatchTests() => sessions = new WebRtcSessions(new WebRtcOptions { Port = 0 }, engine, TimeProvider.System, NullLoggerFactory.Instance);

    public async ValueTask DisposeAsync()
    {
        await sessions.DisposeAsync();
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task A_viewer_gets_the_parameter_sets_the_cached_key_frame_and_what_follows()
    {
        Publish(key: true, size: 5000);
        using var viewer = await JoinAsync();
        Publish(key: false, size: 100);

        var first = await viewer.ReceiveRtpAsync(Cancel);
        Payload(first).ShouldBe(Convert.FromHexString("6742E01F"));
        Payload(await viewer.ReceiveRtpAsync(Cancel)).ShouldBe(Convert.FromHexString("68CE"));
        var fragments = new List<byte[]>();
        do
        {
            fragments.Add(await viewer.ReceiveRtpAsync(Cancel));
        }
        while (!Marker(fragments[^1]));

        fragments.Count.ShouldBe(5);
        fragments.SelectMany(packet => Payload(packet)[2..]).ShouldBe(Enumerable.Range(1, 4999).Select(i => (byte)i));
        var next = await viewer.ReceiveRtpAsync(Cancel);
        Payload(next).Length.ShouldBe(100);
        Sequence(next).ShouldBe((ushort)(Sequence(first) + 7));
        ((int)(Timestamp(next) - Timestamp(first))).ShouldBePositive();
    }

    [Theory]
    [InlineData("actpass", "passive")]
    [InlineData("active", "passive")]
    [InlineData("passive", "active")]
    public async Task Whoever_waits_for_the_handshake_is_called_and_whoever_begins_it_is_waited_for(string theirs, string ours)
    {
        Publish(key: true, size: 50);
        using var viewer = new TestViewer { Setup = theirs };
        var answer = sessions.Watch(bus, viewer.Offer, clientIsLocal: true).Answer;

        answer.ShouldContain($"a=setup:{ours}\r\n");
        await viewer.ConnectAsync(answer, Cancel);

        Payload(await viewer.ReceiveRtpAsync(Cancel)).ShouldBe(Convert.FromHexString("6742E01F"));
    }

    [Fact]
    public async Task A_lost_packet_is_sent_again_on_the_retransmission_stream()
    {
        Publish(key: true, size: 50);
        using var viewer = await JoinAsync();
        Publish(key: false, size: 60);
        var packets = new List<byte[]>();
        while (packets.Count < 4)
        {
            packets.Add(await viewer.ReceiveRtpAsync(Cancel));
        }

        var nack = new byte[64];
        var lost = packets[2];
        var length = RtcpFeedback.WriteNack(nack, 1, BinaryPrimitives.ReadUInt32BigEndian(lost.AsSpan(8)), [Sequence(lost)]);
        await viewer.SendRtcpAsync(nack.AsMemory(0, length), Cancel);
        var again = await viewer.ReceiveRtpAsync(Cancel);

        (again[1] & 0x7F).ShouldBe(104);
        BinaryPrimitives.ReadUInt16BigEndian(Payload(again)).ShouldBe(Sequence(lost));
        Payload(again)[2..].ShouldBe(Payload(lost));
    }

    [Fact]
    public async Task A_player_that_knows_how_is_told_to_show_pictures_at_once_and_to_decide_for_itself_after_a_loss()
    {
        Publish(key: true, size: 3000);
        using var viewer = new TestViewer { Extension = $"6 {PlayoutDelay.Uri}" };
        var answer = sessions.Watch(bus, viewer.Offer, clientIsLocal: true).Answer;
        answer.ShouldContain($"a=extmap:6 {PlayoutDelay.Uri}\r\n");
        await viewer.ConnectAsync(answer, Cancel);
        var packets = new List<byte[]>();
        while (packets.Count < 5)
        {
            packets.Add(await viewer.ReceiveRtpAsync(Cancel));
            Delays(packets[^1]).ShouldBe((0, 50), "units of 10 ms; Chromium waits for nothing up to 500 ms");
        }

        var nack = new byte[64];
        var lost = packets[2];
        var length = RtcpFeedback.WriteNack(nack, 1, BinaryPrimitives.ReadUInt32BigEndian(lost.AsSpan(8)), [Sequence(lost)]);
        await viewer.SendRtcpAsync(nack.AsMemory(0, length), Cancel);
        var again = await viewer.ReceiveRtpAsync(Cancel);

        Payload(again)[2..].ShouldBe(Payload(lost));
        Delays(again).ShouldBe((0, 1000));
    }

    [Fact]
    public async Task A_player_that_does_not_know_the_playout_delay_gets_plain_headers()
    {
        Publish(key: true, size: 50);
        using var viewer = await JoinAsync();

        ((await viewer.ReceiveRtpAsync(Cancel))[0] & 0x10).ShouldBe(0);
    }

    [Fact]
    public async Task A_viewer_that_lost_too_much_gets_the_running_group_once_more_from_a_camera_that_makes_no_key_frames_when_asked()
    {
        Publish(key: true, size: 50);
        using var viewer = await JoinAsync();
        Publish(key: false, size: 60);
        var before = new List<byte[]>();
        while (before.Count < 4)
        {
            before.Add(await viewer.ReceiveRtpAsync(Cancel));
        }

        var request = new byte[12];
        RtcpFeedback.WritePictureLoss(request, 1, BinaryPrimitives.ReadUInt32BigEndian(before[0].AsSpan(8)));
        await viewer.SendRtcpAsync(request, Cancel);
        var again = new List<byte[]>();
        while (again.Count < 4)
        {
            again.Add(await viewer.ReceiveRtpAsync(Cancel));
        }

        again.Select(packet => Convert.ToHexString(Payload(packet))).ShouldBe(before.Select(packet => Convert.ToHexString(Payload(packet))));
        again.Select(Sequence).ShouldBe(before.Select(packet => (ushort)(Sequence(packet) + 4)));
        Publish(key: false, size: 70);
        var all = again.Append(await viewer.ReceiveRtpAsync(Cancel)).Prepend(before[^1]).Select(Timestamp).Distinct().ToList();
        all.Zip(all.Skip(1)).ShouldAllBe(pair => (int)(pair.Second - pair.First) > 0);
    }

    [Fact]
    public async Task A_viewer_on_a_line_too_narrow_goes_over_to_the_small_picture_at_its_key_frame_without_a_break_in_numbers_or_times()
    {
        var small = new MediaBus();
        Publish(key: true, size: 50);
        using var viewer = new TestViewer();
        var result = sessions.Watch(bus, viewer.Offer, clientIsLocal: true, small: small, asksForSmall: false);
        await viewer.ConnectAsync(result.Answer, Cancel);
        var packets = new List<byte[]>();
        for (var i = 0; i < 3; i++)
        {
            packets.Add(await viewer.ReceiveRtpAsync(Cancel));
        }

        // The big picture runs at 2 Mbit/s, the viewer says again and again that it can take 300 kbit/s.
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packets[0].AsSpan(8));
        var remb = new byte[32];
        var length = RtcpFeedback.WriteRemb(remb, 1, ssrc, 300_000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var playing = Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel);
                    Publish(key: false, size: 5000);
                    Publish(key: i % 10 == 0, size: 77, to: small);
                    await viewer.SendRtcpAsync(remb.AsMemory(0, length), Cancel);
                }
            },
            Cancel);
        do
        {
            packets.Add(await viewer.ReceiveRtpAsync(Cancel));
        }
        while (Payload(packets[^1]).Length != 77);

        await stop.CancelAsync();
        await playing;
        small.SubscriberCount.ShouldBe(1);
        (Payload(packets[^1])[0] & 0x1F).ShouldBe(5, "it begins with a key frame");
        var numbers = packets.Select(Sequence).ToList();
        numbers.Zip(numbers.Skip(1)).ShouldAllBe(pair => (ushort)(pair.Second - pair.First) == 1);
        var times = packets.Select(Timestamp).Distinct().ToList();
        times.Zip(times.Skip(1)).ShouldAllBe(pair => (int)(pair.Second - pair.First) > 0);
    }

    [Fact]
    public async Task Of_a_camera_whose_big_picture_browsers_do_not_take_the_small_one_is_shown()
    {
        var small = new MediaBus();
        bus.Publish(new MediaFrame
        {
            Format = new TrackFormat { Codec = Codec.H265, ClockRate = 90_000, Config = new byte[] { 1 } },
            Pts = MediaTime.Zero,
            Dts = MediaTime.Zero,
            IsKeyFrame = true,
            WallClock = TimeProvider.System.GetUtcNow(),
            Payload = new byte[] { 0, 0, 0, 2, 0x26, 1 },
        });
        using var viewer = new TestViewer();
        sessions.Watch(bus, viewer.Offer, clientIsLocal: true).Refusal.ShouldBe(WebRtcRefusal.NoCommonCodec);

        var result = sessions.Watch(bus, viewer.Offer, clientIsLocal: true, small: small);
        await viewer.ConnectAsync(result.Answer, Cancel);
        while (small.SubscriberCount == 0)
        {
            await Task.Yield();
        }

        Publish(key: true, size: 77, to: small);

        Payload(await viewer.ReceiveRtpAsync(Cancel)).ShouldBe(Convert.FromHexString("6742E01F"));
    }

    [Theory]
    [InlineData("actpass")]
    [InlineData("passive")]
    public async Task A_viewer_whose_certificate_is_not_the_promised_one_gets_no_media(string setup)
    {
        Publish(key: true, size: 50);
        using var viewer = new TestViewer { Setup = setup, PromisedFingerprint = string.Join(':', Enumerable.Repeat("AB", 32)) };
        var result = sessions.Watch(bus, viewer.Offer, clientIsLocal: true);
        await viewer.ConnectAsync(result.Answer, Cancel);

        await UntilGoneAsync();
        sessions.Find(result.SessionId).ShouldBeNull();
    }

    [Fact]
    public async Task A_goodbye_frees_the_session_at_once_and_garbage_frees_none()
    {
        Publish(key: true, size: 50);
        using var viewer = await JoinAsync();
        await viewer.SendRawAsync(new byte[] { 0x80, 200, 1, 2, 3, 4 }, Cancel);
        await viewer.SendRawAsync(new byte[1500], Cancel);
        await viewer.ReceiveRtpAsync(Cancel);
        sessions.SessionCount.ShouldBe(1);

        await viewer.GoodbyeAsync(Cancel);
        await UntilGoneAsync();
    }

    [Fact]
    public void Offers_that_do_not_fit_are_refused_by_reason()
    {
        using var viewer = new TestViewer();
        sessions.Watch(bus, viewer.Offer, true).Refusal.ShouldBe(WebRtcRefusal.NotLive);
        Publish(key: true, size: 10);
        sessions.Watch(bus, "hello", true).Refusal.ShouldBe(WebRtcRefusal.BadOffer);
        sessions.Watch(bus, viewer.Offer.Replace("H264", "VP8", StringComparison.Ordinal), true).Refusal.ShouldBe(WebRtcRefusal.NoCommonCodec);
        sessions.SessionCount.ShouldBe(0);
    }

    [Fact]
    public void A_picture_on_a_clock_that_no_encoder_has_is_no_picture_and_leaves_nothing_behind()
    {
        using var encoder = new TestViewer();
        var offer = encoder.Offer.Replace("recvonly", "sendonly", StringComparison.Ordinal)
            .Replace("H264/90000", "H264/90000000", StringComparison.Ordinal).Replace("opus/48000/2", "opus/96000000/2", StringComparison.Ordinal)
            .Replace("PCMA/8000", "PCMA/80000000", StringComparison.Ordinal);

        sessions.Publish(1, offer, clientIsLocal: true).Refusal.ShouldBe(WebRtcRefusal.NoCommonCodec);

        sessions.Speak(new TalkLine(TimeProvider.System), offer, _ => { }, clientIsLocal: true).Refusal.ShouldBe(WebRtcRefusal.NoCommonCodec);
        sessions.SessionCount.ShouldBe(0);
    }

    /// <summary>The peer knows the end of a handshake or a goodbye a moment before the engine has let go of the session.</summary>
    private async Task UntilGoneAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (sessions.SessionCount > 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<TestViewer> JoinAsync()
    {
        var viewer = new TestViewer();
        var result = sessions.Watch(bus, viewer.Offer, clientIsLocal: true);
        result.Refusal.ShouldBe(WebRtcRefusal.None);
        await viewer.ConnectAsync(result.Answer, Cancel);
        viewer.State.ShouldBe(DtlsState.Connected);
        return viewer;
    }

    private void Publish(bool key, int size, MediaBus? to = null)
    {
        var payload = new byte[4 + size];
        BinaryPrimitives.WriteInt32BigEndian(payload, size);
        for (var i = 0; i < size; i++)
        {
            payload[4 + i] = (byte)i;
        }

        payload[4] = (byte)(key ? 0x65 : 0x41);
        var at = new MediaTime(frames++ * 400_000L);
        (to ?? bus).Publish(new MediaFrame { Format = Picture, Pts = at, Dts = at, IsKeyFrame = key, WallClock = TimeProvider.System.GetUtcNow(), Payload = payload });
    }

    private static byte[] Payload(byte[] packet)
    {
        RtpPacket.TryParse(packet, out var parsed).ShouldBe(RtpParseError.None);
        return parsed.Payload.ToArray();
    }

    /// <summary>Least and most of the playout delay, element 6.</summary>
    private static (int Least, int Most) Delays(byte[] packet)
    {
        RtpPacket.TryParse(packet, out var parsed).ShouldBe(RtpParseError.None);
        HeaderExtensions.TryFind(parsed, 6, out var value).ShouldBeTrue();
        return ((value[0] << 4) | (value[1] >> 4), ((value[1] & 0x0F) << 8) | value[2]);
    }

    private static bool Marker(byte[] packet) => (packet[1] & 0x80) != 0;

    private static ushort Sequence(byte[] packet) => BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2));

    private static uint Timestamp(byte[] packet) => BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4));
}
