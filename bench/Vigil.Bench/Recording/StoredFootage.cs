using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Bench.Live;
using Vigil.Media.Bus;
using Vigil.Media.Recording;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Bench.Recording;

/// <summary>Real footage of a made-up past, recorded as fast as the disk takes it: 25 pictures a second, sound, 1.2 Mbit/s, segments of 60 s.</summary>
internal static class StoredFootage
{
    private const int PacketMilliseconds = 20;

    private static readonly TrackFormat Telephone = new() { Codec = Codec.PcmA, ClockRate = 8_000, Channels = 1, CodecString = "" };

    /// <summary>An hour of camera 1 in the server's store and its index, as if it had been recorded there; kept for ever.</summary>
    public static async Task<IReadOnlyList<SegmentRecord>> GiveHourAsync(ServerUnderTest server, Codec sound = Codec.Aac)
    {
        await server.PutAsync("api/v1/cameras/1/retention", new { hours = 0 });
        var segments = await RecordAsync(server.Segments, TimeSpan.FromMinutes(61), sound);
        var rows = string.Join(',', segments.Select(s => string.Create(
            CultureInfo.InvariantCulture,
            $"('{s.Path}', 1, 1, '{s.Start.UtcDateTime:O}'::timestamptz, '{s.End.UtcDateTime:O}'::timestamptz, {s.Bytes}, '{(s.Open ? SegmentEnd.Stopped : s.Ended)}', '{s.VideoCodec}', '{s.AudioCodec}', {s.Width}, {s.Height}, {s.Frames})")));
        await server.QueryAsync(
            "insert into segment (path, household_id, camera_id, started_at, ended_at, bytes, ended, video_codec, audio_codec, width, height, frames) "
            + $"select v.path, c.household_id, c.id, v.a, v.b, v.bytes, v.ended, v.vc, v.ac, v.w, v.h, v.f from (values {rows}) v (path, hh, cam, a, b, bytes, ended, vc, ac, w, h, f) join camera c on c.id = v.cam");
        return segments;
    }

    public static async Task<IReadOnlyList<SegmentRecord>> RecordAsync(string root, TimeSpan length, Codec sound = Codec.Aac)
    {
        var pictures = SampleFootage.H264.Replace("300k", "1200k", StringComparison.Ordinal);
        var footage = sound switch
        {
            Codec.Aac => SampleFootage.Make(10, pictures),
            Codec.Opus => SampleFootage.Make(10, pictures, SampleFootage.Opus),
            _ => WithTelephone(SampleFootage.Make(10, pictures, audio: null)),
        };
        var time = new ManualTime(SampleFootage.Epoch);
        var found = new Dictionary<string, SegmentRecord>();
        await using var recorder = new Recorder(
            new RecorderOptions { Root = root, ReserveBytes = 0 }, new PosixSegmentDisk(root), time, NullLoggerFactory.Instance, startLoop: false);
        var bus = new MediaBus();
        using var hold = recorder.Attach(1, bus, TimeSpan.FromSeconds(5)).Hold();
        var step = TimeSpan.Zero;
        for (var round = TimeSpan.Zero; round < length; round += TimeSpan.FromSeconds(10))
        {
            foreach (var frame in footage)
            {
                bus.Publish(SampleFootage.Shift(frame, round));
                if ((frame.Dts - MediaTime.Zero) + round - step > TimeSpan.FromMilliseconds(400))
                {
                    time.Advance(TimeSpan.FromMilliseconds(400));
                    step += TimeSpan.FromMilliseconds(400);
                    recorder.Step();
                }
            }

            recorder.Sync();
            while (recorder.Changes.TryRead(out var change))
            {
                found[change.Segment.Path] = change.Segment;
            }
        }

        return [.. found.Values];
    }

    private static IReadOnlyList<MediaFrame> WithTelephone(IReadOnlyList<MediaFrame> pictures)
    {
        var samples = Telephone.ClockRate * PacketMilliseconds / 1000;
        var packets = Enumerable.Range(0, 10_000 / PacketMilliseconds).Select(packet =>
        {
            var at = TimeSpan.FromMilliseconds(packet * PacketMilliseconds);
            return new MediaFrame
            {
                Format = Telephone,
                Pts = MediaTime.Zero + at,
                Dts = MediaTime.Zero + at,
                IsKeyFrame = true,
                WallClock = SampleFootage.Epoch + at,
                Payload = Enumerable.Range(packet * samples, samples)
                    .Select(i => G711.EncodeALaw((short)(8_000 * Math.Sin(i * 2 * Math.PI * 440 / Telephone.ClockRate)))).ToArray(),
            };
        });
        return [.. pictures.Concat(packets).OrderBy(frame => frame.Dts.Ticks)];
    }
}
