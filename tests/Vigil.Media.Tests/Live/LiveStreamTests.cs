using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Bus;
using Vigil.Media.Live;
using Vigil.Media.Tests.Decoding;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Tests.Live;

public sealed class LiveStreamTests
{
    private readonly MediaBus bus = new();

    [Fact]
    public async Task What_a_viewer_gets_is_an_mp4_that_ffmpeg_decodes_without_a_word()
    {
        await using var stream = NewStream();
        using var viewer = await WatchAsync(stream);
        var frames = await RealMedia.BothAsync();
        Announce(frames);

        var seen = await ShowAsync(viewer, frames);

        seen.Init.Mime.ShouldBe($"video/mp4; codecs=\"{frames[0].Format.CodecString},mp4a.40.2\"");
        seen.Init.Video.ShouldBe(new LiveVideo(frames.First(f => f.Kind == TrackKind.Video).Format.CodecString, 320, 240));
        var probe = await ProbeAsync(seen.File);
        probe.Packets("video").Count.ShouldBe(100);
        probe.Packets("video").Select(packet => packet.Pts).ShouldBe(Enumerable.Range(0, 100).Select(i => i * 0.04), 0.0001);
        probe.Packets("audio")[10].Pts.ShouldBe(10 * 0.064, 0.0001);
        await RealMedia.RunAsync("ffmpeg", ["-v", "error", "-xerror", "-i", "pipe:0", "-f", "null", "-"], seen.File);
    }

    [Fact]
    public async Task G711_reaches_the_browser_as_Opus()
    {
        await using var stream = NewStream();
        using var viewer = await WatchAsync(stream);
        var format = new TrackFormat { Codec = Codec.PcmA, ClockRate = 8_000, Channels = 1, CodecString = "" };
        var sound = Enumerable.Range(0, 200).Select(i => new MediaFrame
        {
            Format = format,
            Pts = MediaTime.FromClock(i * 160, 8_000),
            Dts = MediaTime.FromClock(i * 160, 8_000),
            IsKeyFrame = true,
            WallClock = DateTimeOffset.UnixEpoch,
            Payload = TestSound.ToMuLaw(TestSound.Tone(500, 8_000, i * 160, 160, 8_000)),
        });
        MediaFrame[] frames = [.. (await RealMedia.PicturesAsync()).Concat(sound).OrderBy(frame => frame.Dts)];
        Announce(frames);

        var seen = await ShowAsync(viewer, frames);

        seen.Init.Mime.ShouldEndWith(",opus\"");
        (await ProbeAsync(seen.File)).Packets("audio").Count.ShouldBeGreaterThan(195);
        await RealMedia.RunAsync("ffmpeg", ["-v", "error", "-xerror", "-i", "pipe:0", "-f", "null", "-"], seen.File);
    }

    [Fact]
    public async Task A_newcomer_begins_with_the_running_group_of_pictures_at_once()
    {
        await using var stream = NewStream();
        using var first = await WatchAsync(stream);
        var frames = await RealMedia.PicturesAsync();
        Publish(frames.Take(60));
        await ReadAsync(first, new Seen(), frames[59].Dts);

        using var second = stream.Watch();

        second.TryRead(out var item).ShouldBeTrue();
        item.Init.ShouldNotBeNull();
        var group = new List<LiveFragment>();
        while (second.TryRead(out item))
        {
            group.Add(item.Fragment.ShouldNotBeNull());
        }

        group.Count.ShouldBe(10);
        group[0].StartsGroup.ShouldBeTrue();
        group[0].DecodeTime.ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_camera_without_further_key_frames_does_not_fill_the_memory()
    {
        await using var stream = NewStream();
        using var first = await WatchAsync(stream);
        var frames = await RealMedia.PicturesAsync();
        List<MediaFrame> endless =
        [
            frames[0],
            .. Enumerable.Range(1, LiveStream.GroupFragmentLimit + 100).Select(i => frames[1].At(TimeSpan.FromMilliseconds(40 * (i - 1)))),
        ];
        await ShowAsync(first, endless);

        using var second = stream.Watch();

        second.TryRead(out var item).ShouldBeTrue();
        item.Init.ShouldNotBeNull();
        second.TryRead(out _).ShouldBeFalse("the group has been given up");
    }

    [Fact]
    public async Task A_stalled_viewer_skips_to_a_key_frame_and_others_lose_nothing()
    {
        await using var stream = NewStream();
        using var healthy = await WatchAsync(stream);
        using var stalled = stream.Watch();
        var frames = await RealMedia.PicturesAsync();
        var seen = 0;
        for (var round = 0; round < 4; round++)
        {
            seen += (await ShowAsync(healthy, frames.Select(frame => frame.At(TimeSpan.FromSeconds(4 * round))))).Fragments.Count;
        }

        seen.ShouldBe(400);
        healthy.Skipped.ShouldBe(0);
        stalled.Skipped.ShouldBeGreaterThan(100);
        var waiting = new List<LiveItem>();
        while (stalled.TryRead(out var item))
        {
            waiting.Add(item);
        }

        waiting[0].Init.ShouldNotBeNull("what describes the stream is never lost");
        waiting[1].Fragment.ShouldNotBeNull().StartsGroup.ShouldBeTrue();
        waiting.Count.ShouldBeLessThan(152);
    }

    [Fact]
    public async Task A_microphone_that_stops_is_taken_out_of_the_stream_and_comes_back()
    {
        await using var stream = NewStream();
        using var viewer = await WatchAsync(stream);
        var both = await RealMedia.BothAsync();
        var pictures = await RealMedia.PicturesAsync();
        Announce(both);

        LiveInit[] inits =
        [
            .. (await ShowAsync(viewer, both)).Inits,
            .. (await ShowAsync(viewer, pictures.Select(frame => frame.At(TimeSpan.FromSeconds(4))))).Inits,
            .. (await ShowAsync(viewer, both.Select(frame => frame.At(TimeSpan.FromSeconds(8))))).Inits,
        ];

        inits.Select(init => init.Audio is not null).ShouldBe([true, false, true]);
        inits.Select(init => init.Generation).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Nobody_watching_costs_nothing()
    {
        await using var stream = NewStream();
        bus.SubscriberCount.ShouldBe(0);
        var viewer = await WatchAsync(stream);
        bus.SubscriberCount.ShouldBe(1);
        viewer.Dispose();
        await stream.DisposeAsync();
        bus.SubscriberCount.ShouldBe(0);
    }

    [Fact]
    public async Task An_hls_player_gets_segments_that_begin_with_key_frames_and_carry_the_signature()
    {
        await using var stream = NewStream();
        var window = stream.Hls();
        var asked = window.PlaylistAsync("sig=abc", TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        while (bus.SubscriberCount == 0)
        {
            await Task.Yield();
        }

        var frames = await RealMedia.BothAsync();
        Announce(frames);
        Publish(frames);

        var playlist = (await asked).ShouldNotBeNull();

        playlist.ShouldStartWith("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n");
        playlist.ShouldContain("#EXT-X-MAP:URI=\"init-1.mp4?sig=abc\"");
        playlist.ShouldContain("#EXTINF:1.000,\n0.m4s?sig=abc\n");
        playlist.Split('\n').Where(line => line.Contains(".m4s", StringComparison.Ordinal)).ShouldAllBe(line => line.EndsWith("?sig=abc"));
        var segments = new[] { 0, 1 }.Select(number => window.Find(number).ShouldNotBeNull()).ToArray();
        segments.ShouldAllBe(segment => segment.Fragments[0].StartsGroup);
        byte[] file = [.. window.FindInit(1)!.Segment.Span, .. segments.SelectMany(segment => segment.Fragments).SelectMany(Bytes)];
        (await ProbeAsync(file)).Packets("video").Count.ShouldBe(50);
        window.Find(99).ShouldBeNull();
    }

    private LiveStream NewStream() => new("test", bus, TimeProvider.System, NullLogger.Instance);

    private async Task<LiveViewer> WatchAsync(LiveStream stream)
    {
        var viewer = stream.Watch();
        while (bus.SubscriberCount == 0)
        {
            await Task.Yield();
        }

        return viewer;
    }

    private void Announce(IEnumerable<MediaFrame> frames)
    {
        foreach (var format in frames.Select(frame => frame.Format).Distinct())
        {
            bus.Announce(format);
        }
    }

    private void Publish(IEnumerable<MediaFrame> frames)
    {
        foreach (var frame in frames)
        {
            bus.Publish(frame);
        }
    }

    private static byte[] Bytes(LiveFragment fragment)
    {
        var bytes = new byte[fragment.Length];
        fragment.CopyTo(bytes);
        return bytes;
    }

    /// <summary>Publishes in small pieces and reads each up to its last picture, so that the viewer is never too slow.</summary>
    private async Task<Seen> ShowAsync(LiveViewer viewer, IEnumerable<MediaFrame> frames)
    {
        var seen = new Seen();
        foreach (var piece in frames.Chunk(50))
        {
            Publish(piece);
            await ReadAsync(viewer, seen, piece.Last(frame => frame.Kind == TrackKind.Video).Dts);
        }

        return seen;
    }

    private static async Task ReadAsync(LiveViewer viewer, Seen seen, MediaTime upTo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20)); // Only so that a failure ends.
        var last = new TimeSpan(upTo.Ticks);
        while (!seen.Fragments.Exists(fragment => fragment.IsVideo && fragment.DecodeTime >= last))
        {
            (await viewer.WaitAsync(patience.Token)).ShouldBeTrue();
            while (viewer.TryRead(out var item))
            {
                seen.Inits.AddRange(item.Init is { } init ? [init] : []);
                seen.Fragments.AddRange(item.Fragment is { } fragment ? [fragment] : []);
            }
        }
    }

    private static async Task<Probe> ProbeAsync(byte[] file)
    {
        var json = await RealMedia.RunAsync("ffprobe", ["-v", "error", "-show_entries", "packet=codec_type,pts_time", "-of", "json", "pipe:0"], file);
        using var document = JsonDocument.Parse(json);
        return new Probe([.. document.RootElement.GetProperty("packets").EnumerateArray().Select(packet => (
            packet.GetProperty("codec_type").GetString()!,
            double.Parse(packet.GetProperty("pts_time").GetString()!, System.Globalization.CultureInfo.InvariantCulture)))]);
    }

    private sealed class Seen
    {
        public List<LiveInit> Inits { get; } = [];

        public List<LiveFragment> Fragments { get; } = [];

        public LiveInit Init => Inits[0];

        public byte[] File => [.. Init.Segment.Span, .. Fragments.SelectMany(Bytes)];
    }

    private sealed record Probe(IReadOnlyList<(string Kind, double Pts)> All)
    {
        public List<(string Kind, double Pts)> Packets(string kind) => [.. All.Where(packet => packet.Kind == kind)];
    }
}
