using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Decoding;
using Vigil.Media.Live;
using Vigil.Media.Tests.Live;
using Vigil.Media.WebRtc;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.Rtp;

namespace Vigil.Media.Tests.WebRtc;

/// <summary>What a viewer hears of cameras whose sound browsers don't take.</summary>
public sealed class WatchedSoundTests : IAsyncDisposable
{
    private readonly MediaBus bus = new();
    private readonly MediaEngine engine = new(new MediaEngineOptions(), TimeProvider.System, NullLoggerFactory.Instance);
    private readonly TranscodeBudget budget = new(1);
    private readonly WebRtcSessions sessions;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public WatchedSoundTests() => sessions = new WebRtcSessions(
        new WebRtcOptions { Port = 0 }, engine, TimeProvider.System, NullLoggerFactory.Instance, new WebRtcSound { Budget = budget });

    public async ValueTask DisposeAsync()
    {
        await sessions.DisposeAsync();
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task AAC_is_heard_as_Opus_in_step_with_the_picture_and_costs_nothing_after_the_last_viewer()
    {
        var frames = await RealMedia.BothAsync();
        foreach (var frame in frames.Take(30))
        {
            bus.Publish(frame);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var playing = PlayAsync(frames, stop.Token);
        using var first = await JoinAsync();
        using var second = await JoinAsync();
        var heard = await HearAsync(first, 50);
        await HearAsync(second, 5);
        budget.Used.ShouldBe(1, "one share, whoever many listen");

        Tone(heard).ShouldBe(440, 15);
        var steps = heard.Zip(heard.Skip(1), (a, b) => (int)(Timestamp(b) - Timestamp(a))).ToList();
        steps.Count(step => Math.Abs(step - 960) <= 48).ShouldBeGreaterThan(45, "20 ms of the 48 kHz clock");
        await first.GoodbyeAsync(Cancel);
        await second.GoodbyeAsync(Cancel);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (budget.Used > 0 || sessions.SessionCount > 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await stop.CancelAsync();
        await playing;
    }

    [Fact]
    public async Task G711_goes_as_it_is_to_whoever_takes_it_and_as_Opus_to_others()
    {
        var format = new TrackFormat { Codec = Codec.PcmA, ClockRate = 8_000, Channels = 1 };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var frames = Enumerable.Range(0, 200).Select(i => new MediaFrame
        {
            Format = format,
            Pts = MediaTime.FromClock(i * 160, 8_000),
            Dts = MediaTime.FromClock(i * 160, 8_000),
            IsKeyFrame = true,
            WallClock = DateTimeOffset.UnixEpoch.AddMilliseconds(20 * i),
            Payload = new byte[160],
        }).ToList();
        bus.Publish(frames[0]);
        var playing = PlayAsync(frames, stop.Token);
        using var asItIs = await JoinAsync();
        ((await asItIs.ReceiveRtpAsync(Cancel))[1] & 0x7F).ShouldBe(8);
        using var asOpus = await JoinAsync(offer => offer.Replace("SAVPF 111 8", "SAVPF 111", StringComparison.Ordinal).Replace("a=rtpmap:8 PCMA/8000\r\n", "", StringComparison.Ordinal));
        ((await asOpus.ReceiveRtpAsync(Cancel))[1] & 0x7F).ShouldBe(111);
        await stop.CancelAsync();
        await playing;
    }

    private async Task<TestViewer> JoinAsync(Func<string, string>? change = null)
    {
        var viewer = new TestViewer();

        // A camera without a picture: the sound's section must say how it travels.
        var offer = viewer.Offer.Replace(
            "a=mid:1", $"a=mid:1\r\na=ice-ufrag:viewer\r\na=ice-pwd:viewers-own-password-24\r\na=setup:actpass\r\na=rtcp-mux\r\na=fingerprint:sha-256 {viewer.PromisedFingerprint}",
            StringComparison.Ordinal);
        var result = sessions.Watch(bus, change is null ? offer : change(offer), clientIsLocal: true);
        result.Refusal.ShouldBe(WebRtcRefusal.None);
        await viewer.ConnectAsync(result.Answer, Cancel);
        return viewer;
    }

    /// <summary>Plays the material over and over, four times as fast as it was made, until cancelled.</summary>
    private async Task PlayAsync(List<MediaFrame> frames, CancellationToken cancel)
    {
        try
        {
            for (var turn = 1; ; turn++)
            {
                foreach (var frame in frames)
                {
                    bus.Publish(frame.At(TimeSpan.FromSeconds(4 * turn)));
                    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancel);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Enough was heard.
        }
    }

    private static async Task<List<byte[]>> HearAsync(TestViewer viewer, int count)
    {
        var heard = new List<byte[]>();
        while (heard.Count < count)
        {
            var packet = await viewer.ReceiveRtpAsync(Cancel);
            if ((packet[1] & 0x7F) == 111)
            {
                heard.Add(packet);
            }
        }

        return heard;
    }

    private static uint Timestamp(byte[] packet) => BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4));

    /// <summary>By counting zero crossings; the first packets are the decoder's settling.</summary>
    private static double Tone(List<byte[]> packets)
    {
        using var decoder = new OpusDecoder(48_000);
        var pcm = new List<short>();
        foreach (var packet in packets)
        {
            RtpPacket.TryParse(packet, out var parsed).ShouldBe(RtpParseError.None);
            pcm.AddRange(decoder.Decode(parsed.Payload));
        }

        pcm.RemoveRange(0, 9_600);
        var crossings = pcm.Zip(pcm.Skip(1)).Count(pair => pair.First < 0 && pair.Second >= 0);
        return crossings * 48_000.0 / pcm.Count;
    }
}
