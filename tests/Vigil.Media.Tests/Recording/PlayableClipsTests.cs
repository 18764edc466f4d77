using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Live;
using Vigil.Media.Recording;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Media.Tests.Recording;

public sealed class PlayableClipsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static DateTimeOffset At(double seconds) => SampleFootage.Epoch + TimeSpan.FromSeconds(seconds);

    [Theory]
    [InlineData(SampleFootage.Aac)]
    [InlineData(SampleFootage.Opus)]
    public async Task A_clip_of_JPEG_pictures_becomes_one_that_browsers_and_telephones_play_once_for_all_who_ask(string sound)
    {
        await using var rig = await RecordedAsync(SampleFootage.Make(12, SampleFootage.Mjpeg, sound, size: "321x241", framesPerSecond: 10), TimeSpan.FromSeconds(5));
        var budget = new TranscodeBudget(1);
        using var clips = new PlayableClips(rig.Root, budget, new LiveOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(3), At(9)).ShouldNotBeNull();
        clip.IsJpeg.ShouldBeTrue();

        // The second would not fit into the budget: it is the first's.
        var both = await Task.WhenAll(clips.OpenAsync(clip, () => null, Cancel), clips.OpenAsync(clip, () => null, Cancel));

        both.ShouldAllBe(one => one.Result == PlayableResult.Made);
        budget.Used.ShouldBe(0);
        var bytes = new byte[both[0].Clip!.Length];
        for (var at = 0; at < bytes.Length;)
        {
            at += await both[1].Clip!.ReadAsync(at, bytes.AsMemory(at), Cancel);
        }

        var file = Path.Combine(rig.Root, "made.mp4");
        await File.WriteAllBytesAsync(file, bytes, Cancel);
        var probed = ProbedFile.Probe(file);
        probed.Video.ShouldBe("h264");
        probed.Audio.ShouldBe("aac");
        probed.Duration.ShouldBe(6, 0.3);
        ((double)probed.VideoFrames).ShouldBe(60, 2);
        bytes.AsSpan(4, 4).SequenceEqual("ftyp"u8).ShouldBeTrue();
        bytes.AsSpan(0, 4096).IndexOf("moov"u8).ShouldBeGreaterThan(0, "a player must not have to read to the end first");
        Directory.GetFiles(rig.Root, ".clip-*", SearchOption.AllDirectories).ShouldBeEmpty("what is kept has no name");
        both[0].Clip!.Dispose();
        both[1].Clip!.Dispose();
    }

    [Fact]
    public async Task Without_room_in_the_budget_it_says_so_and_without_ffmpeg_the_clip_is_given_as_it_is()
    {
        await using var rig = await RecordedAsync(SampleFootage.Make(4, SampleFootage.Mjpeg, framesPerSecond: 10), TimeSpan.FromSeconds(5));
        var budget = new TranscodeBudget(1);
        using var clips = new PlayableClips(rig.Root, budget, new LiveOptions { FfmpegPath = "/no/such/ffmpeg" }, TimeProvider.System, NullLoggerFactory.Instance);
        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(1), At(3)).ShouldNotBeNull();

        using (budget.TryTake(TranscodeKind.EveryPicture))
        {
            (await clips.OpenAsync(clip, () => null, Cancel)).ShouldBe((PlayableResult.Busy, null));
        }

        (await clips.OpenAsync(clip, () => null, Cancel)).ShouldBe((PlayableResult.NotMade, null));
        budget.Used.ShouldBe(0);
    }

    private static async Task<RecorderRig> RecordedAsync(IEnumerable<MediaFrame> footage, TimeSpan segmentLength)
    {
        var rig = new RecorderRig(segmentLength: segmentLength);
        using (rig.Camera.Hold())
        {
            rig.Play(footage);
            await rig.StopAsync();
        }

        return rig;
    }
}
