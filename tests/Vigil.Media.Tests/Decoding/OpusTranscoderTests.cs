using System.Buffers.Binary;
using Vigil.Media.Decoding;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Tests.Decoding;

public sealed class OpusTranscoderTests
{
    private static readonly TrackFormat MuLaw = new() { Codec = Codec.PcmU, ClockRate = 8_000, Channels = 1 };

    [Fact]
    public void A_tone_survives_the_way_from_G711_to_Opus_and_back()
    {
        using var transcoder = new OpusTranscoder(MuLaw);
        var packets = Transcode(transcoder, Enumerable.Range(0, 100).Select(i => Tone(i * 160, 160)));

        using var decoder = new OpusDecoder(8_000);
        var heard = packets.SelectMany(packet => decoder.Decode(packet.Payload.Span).ToArray()).ToArray();

        // The encoder's delay, said in the pre-skip at 48 kHz, is where the sound begins.
        var delay = BinaryPrimitives.ReadUInt16BigEndian(transcoder.Format.Config.Span[2..]) / 6;
        packets.Count.ShouldBe(100);
        delay.ShouldBeInRange(20, 80);
        SignalToNoiseDb(heard.AsSpan(delay + 800, 8_000), 800).ShouldBeGreaterThan(15);
    }

    [Fact]
    public void Packets_are_twenty_milliseconds_apart_whatever_the_camera_sends()
    {
        using var transcoder = new OpusTranscoder(MuLaw);
        var packets = Transcode(transcoder, Enumerable.Range(0, 40).Select(i => Tone(i * 320, 320))); // 40 ms each

        packets.Count.ShouldBe(80);
        packets.Skip(2).Zip(packets.Skip(1), (b, a) => (b.Pts - a.Pts).TotalMilliseconds).ShouldAllBe(step => Math.Abs(step - 20) < 0.001);
        packets[10].WallClock.ShouldBe(DateTimeOffset.UnixEpoch.AddMilliseconds(200 - 6.5), TimeSpan.FromMilliseconds(0.1));
        packets.ShouldAllBe(packet => packet.Format == transcoder.Format && packet.IsKeyFrame);
    }

    [Fact]
    public void A_hole_in_the_sound_stays_a_hole_and_time_never_steps_back()
    {
        using var transcoder = new OpusTranscoder(MuLaw);
        var packets = Transcode(transcoder, [Tone(0, 240), Tone(240, 240), Tone(80_000, 240), Tone(80_240, 240)]);

        packets.Count.ShouldBe(3 + 3);
        packets[3].Pts.TotalSeconds.ShouldBe(10.0 - 0.0065, 0.0001);
        packets.Zip(packets.Skip(1), (a, b) => b.Dts > a.Dts).ShouldAllBe(forward => forward);
        transcoder.Anchors.ShouldBe(2);
    }

    [Fact]
    public void Garbage_is_no_sound_and_no_exception()
    {
        using var decoder = new OpusDecoder(16_000);

        decoder.Decode([]).Length.ShouldBe(0);
        decoder.Decode([0xFF]).Length.ShouldBe(0);
        decoder.Decode([0x03, 0x3F, 1, 2, 3]).Length.ShouldBeLessThanOrEqualTo(16_000);
    }

    private static List<MediaFrame> Transcode(OpusTranscoder transcoder, IEnumerable<MediaFrame> frames)
    {
        var packets = new List<MediaFrame>();
        foreach (var frame in frames)
        {
            transcoder.Push(frame);
            while (transcoder.TryTake(out var packet))
            {
                packets.Add(packet);
            }
        }

        return packets;
    }

    private static MediaFrame Tone(int firstSample, int samples)
    {
        var time = MediaTime.FromClock(firstSample, 8_000);
        return new MediaFrame
        {
            Format = MuLaw,
            Pts = time,
            Dts = time,
            IsKeyFrame = true,
            WallClock = DateTimeOffset.UnixEpoch.AddTicks(time.Ticks),
            Payload = TestSound.ToMuLaw(TestSound.Tone(800, 8_000, firstSample, samples, 8_000)),
        };
    }

    // Fits sine and cosine of the tone; what is left over is noise.
    private static double SignalToNoiseDb(ReadOnlySpan<short> heard, double frequency)
    {
        double sine = 0, cosine = 0, total = 0;
        for (var i = 0; i < heard.Length; i++)
        {
            var phase = 2 * Math.PI * frequency * i / 8_000;
            sine += heard[i] * Math.Sin(phase);
            cosine += heard[i] * Math.Cos(phase);
            total += (double)heard[i] * heard[i];
        }

        var signal = ((sine * sine) + (cosine * cosine)) * 2 / heard.Length;
        return 10 * Math.Log10(signal / Math.Max(1, total - signal));
    }
}
