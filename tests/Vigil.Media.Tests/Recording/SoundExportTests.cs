using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Live;
using Vigil.Media.Recording;
using Vigil.Testing;

namespace Vigil.Media.Tests.Recording;

public sealed class SoundExportTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static DateTimeOffset At(double seconds) => SampleFootage.Epoch + TimeSpan.FromSeconds(seconds);

    [Fact]
    public async Task An_export_has_the_same_pictures_and_its_sound_as_AAC_at_the_same_times()
    {
        await using var rig = new RecorderRig(segmentLength: TimeSpan.FromSeconds(5));
        using (rig.Camera.Hold())
        {
            rig.Play(SampleFootage.Make(20, SampleFootage.H264WithBFrames, SampleFootage.Opus));
            await rig.StopAsync();
        }

        // A hole of five seconds, which keeps its length: silence there, and sound again at its end.
        File.Delete(rig.FileOf(rig.Segments[1]));
        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(2.3), At(17)).ShouldNotBeNull();
        clip.NeedsAac.ShouldBeTrue();
        using var clips = new PlayableClips(rig.Root, new TranscodeBudget(1), new LiveOptions(), TimeProvider.System, NullLoggerFactory.Instance);

        var (result, sound) = await clips.OpenAsync(clip, Cancel);

        result.ShouldBe(PlayableResult.Made);
        using var made = sound.ShouldNotBeNull();
        using var export = clip.WithSound(made);
        export.ETag.ShouldNotBe(clip.ETag);
        var before = await SaveAsync(rig, clip, "before.mp4");
        var after = await SaveAsync(rig, export, "after.mp4");
        var probed = ProbedFile.Probe(after);
        var original = ProbedFile.Probe(before);
        (probed.Video, probed.Audio).ShouldBe(("h264", "aac"));
        original.Audio.ShouldBe("opus");
        probed.VideoFrames.ShouldBe(original.VideoFrames);
        probed.Duration.ShouldBe(original.Duration, 0.05);
        Loud(after).ShouldBe(Loud(before), "a tenth of a second here is a tenth of a second there");
        SampleFootage.Run("ffmpeg", $"-v error -i {after} -map 0:v -f framemd5 -").ShouldBe(SampleFootage.Run("ffmpeg", $"-v error -i {before} -map 0:v -f framemd5 -"));
    }

    /// <summary>A letter for each fifth of a second, but for those next to the hole's ends, which an encoder may smear.</summary>
    private static string Loud(string file)
    {
        var pcm = Path.ChangeExtension(file, ".pcm");
        SampleFootage.Run("ffmpeg", $"-v error -y -i {file} -map 0:a -af aresample=async=1:first_pts=0 -ac 1 -ar 8000 -f s16le {pcm}");
        var bytes = File.ReadAllBytes(pcm);
        var text = "";
        for (var at = 0; at + 3200 <= bytes.Length; at += 3200)
        {
            var peak = 0;
            for (var i = at; i < at + 3200; i += 2)
            {
                peak = Math.Max(peak, Math.Abs((int)BitConverter.ToInt16(bytes, i)));
            }

            text += peak > 1000 ? 'L' : '.';
        }

        text.ShouldContain("....................");
        return text[..70].Replace("L.", "?", StringComparison.Ordinal).Replace(".L", "?", StringComparison.Ordinal);
    }

    private static async Task<string> SaveAsync(RecorderRig rig, ClipFile clip, string name)
    {
        var path = Path.Combine(rig.Root, name);
        await using var file = File.Create(path);
        var buffer = new byte[50_000];
        long at = 0;
        while (await clip.ReadAsync(at, buffer, Cancel) is > 0 and var read)
        {
            await file.WriteAsync(buffer.AsMemory(0, read), Cancel);
            at += read;
        }

        at.ShouldBe(clip.Length);
        return path;
    }
}
