using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Media.Decoding;
using Vigil.Media.Live;
using Vigil.Media.Recording;
using Vigil.Protocols.Codecs;
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

        var (result, sound) = await clips.OpenAsync(clip, () => null, Cancel);

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Any_part_of_an_export_is_the_same_bytes_however_it_is_read_and_its_beeps_are_where_they_were(bool telephone)
    {
        Assert.SkipUnless(!telephone || OpusTranscoder.CanTranscode(MuLaw), "libopus is not installed");
        await using var rig = new RecorderRig(segmentLength: TimeSpan.FromSeconds(7));
        using (rig.Camera.Hold())
        {
            rig.Play(telephone ? WithTelephoneBeeps(SampleFootage.Make(30, audio: null)) : SampleFootage.Make(30, audio: $"{Beeping} {SampleFootage.Opus}"));
            await rig.StopAsync();
        }

        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(3.4), At(27)).ShouldNotBeNull();
        using var clips = new PlayableClips(rig.Root, new TranscodeBudget(4), new LiveOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        using var later = new PlayableClips(rig.Root, new TranscodeBudget(4), new LiveOptions(), TimeProvider.System, NullLoggerFactory.Instance);

        // From the middle first, while it is being made; then all of it; then all of it made anew.
        var (_, first) = await clips.OpenAsync(clip, () => null, Cancel);
        using var one = first.ShouldNotBeNull();
        using var export = clip.WithSound(one);
        var middle = await ReadAsync(export, export.Length / 2, (int)(export.Length / 3));
        var whole = await ReadAsync(export, 0, (int)export.Length);
        var (_, second) = await later.OpenAsync(clip, () => null, Cancel);
        using var other = second.ShouldNotBeNull();
        using var anew = clip.WithSound(other);

        (await export.ReadAsync(export.Length, new byte[1], Cancel)).ShouldBe(0);
        (anew.Length, anew.ETag).ShouldBe((export.Length, export.ETag));
        middle.AsSpan().SequenceEqual(whole.AsSpan((int)(export.Length / 2), middle.Length)).ShouldBeTrue();
        (await ReadAsync(anew, 0, (int)anew.Length)).AsSpan().SequenceEqual(whole).ShouldBeTrue();
        var random = new Random(11);
        for (var i = 0; i < 100; i++)
        {
            var from = random.Next(whole.Length);
            var length = random.Next(1, Math.Min(100_000, whole.Length - from) + 1);
            (await ReadAsync(export, from, length)).AsSpan().SequenceEqual(whole.AsSpan(from, length)).ShouldBeTrue();
        }

        // Another one: nobody waits for ffmpeg to start now.
        using var shorter = ClipFile.Open(rig.Segments, rig.Root, At(5), At(9)).ShouldNotBeNull();
        var (_, third) = await clips.OpenAsync(shorter, () => null, Cancel);
        using var soundOfIt = third.ShouldNotBeNull();
        using var brief = shorter.WithSound(soundOfIt);
        ProbedFile.Probe(await SaveAsync(rig, brief, "brief.mp4")).Audio.ShouldBe("aac");

        var file = Path.Combine(rig.Root, "export.mp4");
        await File.WriteAllBytesAsync(file, whole, Cancel);
        ProbedFile.Probe(file).Audio.ShouldBe("aac");
        SampleFootage.Run("ffmpeg", $"-v error -i {file} -f null -").ShouldBeEmpty("every decoder takes it without a complaint");
        var beeps = Beeps(file);
        beeps.Length.ShouldBe(12);
        for (var i = 0; i < beeps.Length; i++)
        {
            beeps[i].ShouldBe((2 * (i + 2)) - 3.4, 0.02);
        }
    }

    [Fact]
    public async Task Sound_that_begins_later_than_the_pictures_does_so_in_the_export()
    {
        await using var rig = new RecorderRig(segmentLength: TimeSpan.FromSeconds(5));
        using (rig.Camera.Hold())
        {
            rig.Play(SampleFootage.Make(20, audio: $"{Beeping} {SampleFootage.Opus}").Where(f => f.Kind == TrackKind.Video || f.Dts - MediaTime.Zero > TimeSpan.FromSeconds(7.2)));
            await rig.StopAsync();
        }

        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(1), At(19)).ShouldNotBeNull();
        using var clips = new PlayableClips(rig.Root, new TranscodeBudget(1), new LiveOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        var (_, sound) = await clips.OpenAsync(clip, () => null, Cancel);
        using var made = sound.ShouldNotBeNull();
        using var export = clip.WithSound(made);

        var beeps = Beeps(await SaveAsync(rig, export, "late.mp4"));

        beeps.Length.ShouldBe(6);
        beeps[0].ShouldBe(8 - 1, 0.04); // A packet, and the delays of two encoders.
        beeps[^1].ShouldBe(18 - 1, 0.04);
    }

    [Fact]
    public async Task What_is_being_made_and_nobody_reads_any_more_is_given_up_and_made_anew_when_somebody_asks()
    {
        await using var rig = new RecorderRig(segmentLength: TimeSpan.FromSeconds(5));
        using (rig.Camera.Hold())
        {
            rig.Play(SampleFootage.Make(10, audio: SampleFootage.Opus));
            await rig.StopAsync();
        }

        // An ffmpeg that gives the first part and then nothing more.
        var ffmpeg = Path.Combine(rig.Root, "ffmpeg");
        await File.WriteAllTextAsync(ffmpeg, "#!/bin/sh\nffmpeg \"$@\" | head -c 20000\nexec sleep 600\n", Cancel);
        File.SetUnixFileMode(ffmpeg, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(1), At(9)).ShouldNotBeNull();
        var time = new ManualTime(SampleFootage.Epoch);
        var budget = new TranscodeBudget(1);
        using var clips = new PlayableClips(rig.Root, budget, new LiveOptions { FfmpegPath = ffmpeg }, time, NullLoggerFactory.Instance);
        var (_, sound) = await clips.OpenAsync(clip, () => null, Cancel);
        clips.ScratchBytes.ShouldBeGreaterThan(0);
        budget.TryTake(TranscodeKind.Clip).ShouldBeNull();
        using (budget.TryTake(TranscodeKind.Sound).ShouldNotBeNull("live sound has room beside clips"))
        {
        }

        var broken = sound.ShouldNotBeNull().ReadAsync(sound.Length - 1, new byte[1], Cancel).AsTask();
        sound.Dispose();
        time.Advance(TimeSpan.FromSeconds(61));
        while (!broken.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(20)); // Until the killed ffmpeg is reaped.
            await Task.Yield();
        }

        await Should.ThrowAsync<IOException>(() => broken);
        clips.ScratchBytes.ShouldBe(0);
        budget.Used.ShouldBe(0);
        (await clips.OpenAsync(clip, () => null, Cancel)).Result.ShouldBe(PlayableResult.Made);
    }

    [Fact]
    public async Task An_export_whose_sound_cannot_be_finished_breaks_off_and_is_given_with_its_own_sound_the_next_time()
    {
        await using var rig = new RecorderRig(segmentLength: TimeSpan.FromSeconds(5));
        using (rig.Camera.Hold())
        {
            rig.Play(SampleFootage.Make(20, audio: SampleFootage.Opus));
            await rig.StopAsync();
        }

        // An ffmpeg that gives the first part and fails when it is told to.
        var ffmpeg = Path.Combine(rig.Root, "ffmpeg");
        var order = Path.Combine(rig.Root, "order");
        SampleFootage.Run("mkfifo", order);
        await using var orders = new FileStream(order, FileMode.Open, FileAccess.ReadWrite);
        await File.WriteAllTextAsync(ffmpeg, $"#!/bin/sh\nffmpeg \"$@\" | head -c 20000\nread line < {order}\nexit 1\n", Cancel);
        File.SetUnixFileMode(ffmpeg, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var clip = ClipFile.Open(rig.Segments, rig.Root, At(1), At(19)).ShouldNotBeNull();
        using var clips = new PlayableClips(rig.Root, new TranscodeBudget(1), new LiveOptions { FfmpegPath = ffmpeg }, TimeProvider.System, NullLoggerFactory.Instance);
        var held = new CancellationTokenSource();

        var (result, sound) = await clips.OpenAsync(clip, () => held, Cancel);

        result.ShouldBe(PlayableResult.Made);
        await orders.WriteAsync("fail\n"u8.ToArray(), Cancel);
        await orders.FlushAsync(Cancel);
        using (var export = clip.WithSound(sound.ShouldNotBeNull()))
        {
            await Should.ThrowAsync<IOException>(() => ReadAsync(export, 0, (int)export.Length));
        }

        sound.Dispose();
        (await clips.OpenAsync(clip, () => null, Cancel)).ShouldBe((PlayableResult.NotMade, null));
        Should.Throw<ObjectDisposedException>(() => held.Token, "the clip was given back");
    }

    private const string Beeping = @"-af asetnsamples=480,volume=volume=lt(mod(t\,2)\,0.5):eval=frame";

    private static readonly TrackFormat MuLaw = new() { Codec = Codec.PcmU, ClockRate = 8_000, Channels = 1, CodecString = "" };

    /// <summary>Half a second of sound every two seconds, in packets of 20 ms.</summary>
    private static IEnumerable<MediaFrame> WithTelephoneBeeps(IReadOnlyList<MediaFrame> pictures)
    {
        var packets = Enumerable.Range(0, 30 * 50).Select(packet =>
        {
            var at = TimeSpan.FromMilliseconds(packet * 20);
            return new MediaFrame
            {
                Format = MuLaw,
                Pts = MediaTime.Zero + at,
                Dts = MediaTime.Zero + at,
                IsKeyFrame = true,
                WallClock = SampleFootage.Epoch + at,
                Payload = Enumerable.Range(packet * 160, 160)
                    .Select(i => G711.EncodeMuLaw((short)(i % 16_000 < 4_000 ? 12_000 * Math.Sin(i * 2 * Math.PI * 440 / 8_000) : 0))).ToArray(),
            };
        });
        return pictures.Concat(packets).OrderBy(frame => frame.Dts.Ticks);
    }

    /// <summary>Seconds at which it becomes loud.</summary>
    private static double[] Beeps(string file)
    {
        var pcm = Path.ChangeExtension(file, ".pcm");
        SampleFootage.Run("ffmpeg", $"-v error -y -i {file} -map 0:a -af aresample=async=1:first_pts=0 -ac 1 -ar 8000 -f s16le {pcm}");
        var bytes = File.ReadAllBytes(pcm);
        var found = new List<double>();
        var loudUntil = -1;
        for (var i = 0; i + 1 < bytes.Length; i += 2)
        {
            if (Math.Abs((int)BitConverter.ToInt16(bytes, i)) > 600)
            {
                if (loudUntil < 0 || i - loudUntil > 4_000)
                {
                    found.Add(i / 2 / 8_000.0);
                }

                loudUntil = i;
            }
        }

        return [.. found];
    }

    private static async Task<byte[]> ReadAsync(ClipFile clip, long from, int length)
    {
        var bytes = new byte[length];
        for (var read = 0; read < length;)
        {
            var got = await clip.ReadAsync(from + read, bytes.AsMemory(read, Math.Min(50_000, length - read)), Cancel);
            got.ShouldBeGreaterThan(0);
            read += got;
        }

        return bytes;
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
