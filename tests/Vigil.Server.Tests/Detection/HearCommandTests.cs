using System.Diagnostics;
using Vigil.Media.Decoding;
using Vigil.Perception.Hearing;
using Vigil.Server.Detection;
using Vigil.Server.Tests.Architecture;

namespace Vigil.Server.Tests.Detection;

/// <summary>What <c>./vigil hear</c> makes of real files of many formats, and of files that are none.</summary>
public sealed class HearCommandTests : IDisposable
{
    private static readonly CryScorer Scorer = new(CryModel.BuiltIn);
    private readonly string folder = Directory.CreateTempSubdirectory("vigil-hear-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("cry-1.ogg", true)]
    [InlineData("cry-2.ogg", true)]
    [InlineData("dog.ogg", false)]
    [InlineData("rain.ogg", false)]
    public async Task Crying_is_told_from_what_is_not(string clip, bool cry)
    {
        var (seconds, windows) = await ListenAsync(Clip(clip));

        seconds.ShouldBe(5, 0.1);
        windows.Count.ShouldBe(7);
        (ClipVerdict.Score([.. windows.Select(w => w.Score)]) >= CryModel.BuiltIn.ClipThreshold).ShouldBe(cry);
    }

    [Theory]
    [InlineData("a.wav", "-ac 2 -ar 44100")]
    [InlineData("a.mp3", "-b:a 96k")]
    [InlineData("a.m4a", "-c:a aac -b:a 96k")]
    [InlineData("a.flac", "-ar 48000")]
    [InlineData("a.webm", "-c:a libopus -b:a 32k")]
    [InlineData("a.amr.mka", "-ar 8000 -c:a pcm_mulaw")]
    public async Task A_cry_is_heard_in_every_format(string name, string options)
    {
        var file = Path.Combine(folder, name);
        await FfmpegAsync($"-i {Clip("cry-1.ogg")} {options} {file}");

        var (_, windows) = await ListenAsync(file);

        ClipVerdict.Score([.. windows.Select(w => w.Score)]).ShouldBeGreaterThan(CryModel.BuiltIn.ClipThreshold);
    }

    [Fact]
    public async Task Of_a_truncated_file_what_is_there_is_heard()
    {
        var whole = await File.ReadAllBytesAsync(Clip("cry-1.ogg"), Cancel);
        var file = Path.Combine(folder, "cut.ogg");
        await File.WriteAllBytesAsync(file, whole[..(whole.Length * 2 / 3)], Cancel);

        (await ListenAsync(file)).Seconds.ShouldBeInRange(1, 4.9);
    }

    [Fact]
    public async Task A_file_shorter_than_a_window_is_heard_as_if_silence_followed()
    {
        var file = Path.Combine(folder, "short.wav");
        await FfmpegAsync($"-i {Clip("cry-1.ogg")} -t 0.7 {file}");

        var (seconds, windows) = await ListenAsync(file);

        seconds.ShouldBe(0.7, 0.05);
        windows.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_has_no_sound_is_refused_with_a_reason()
    {
        var empty = Path.Combine(folder, "empty.wav");
        await File.WriteAllBytesAsync(empty, [], Cancel);
        var program = Path.Combine(folder, "song.mp3");
        File.Copy("/bin/ls", program);
        var silent = Path.Combine(folder, "silent.mp4");
        await FfmpegAsync($"-f lavfi -i testsrc=size=64x64:rate=5 -t 1 {silent}");

        (await Refused(empty)).ShouldContain("empty");
        (await Refused(program)).ShouldContain("not a sound or video file");
        (await Refused(silent)).ShouldContain("no sound");
        (await Refused(Path.Combine(folder, "nowhere.wav"))).ShouldContain("no such file");
    }

    [Fact]
    public async Task A_decoder_that_hangs_is_killed()
    {
        var hanging = Path.Combine(folder, "ffmpeg");
        await File.WriteAllTextAsync(hanging, $"#!/bin/sh\necho $$ > {folder}/pid\nexec sleep 600\n", Cancel);
        File.SetUnixFileMode(hanging, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var options = new SoundFileOptions { FfmpegPath = hanging, Patience = TimeSpan.FromSeconds(1) };
        var refused = await Should.ThrowAsync<InvalidDataException>(
            SoundFile.DecodeAsync(Clip("dog.ogg"), options, (_, _) => { }, TimeProvider.System, Cancel));

        refused.Message.ShouldContain("hung");
        var pid = int.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "pid"), Cancel), System.Globalization.CultureInfo.InvariantCulture);
        Should.Throw<ArgumentException>(() => Process.GetProcessById(pid));
    }

    [Fact]
    public async Task Two_hours_are_read_in_pieces_and_can_be_cut()
    {
        var file = Path.Combine(folder, "long.flac");
        await FfmpegAsync($"-f lavfi -i anullsrc=r=16000:cl=mono -t 7200 {file}");
        long samples = 0;
        await SoundFile.DecodeAsync(file, new SoundFileOptions(), (sound, _) => samples += sound.Length, TimeProvider.System, Cancel);
        samples.ShouldBeInRange((7200 * 16_000) - 4_096, (7200 * 16_000) + 4_096);

        var cut = await SoundFile.DecodeAsync(file, new SoundFileOptions { Most = TimeSpan.FromSeconds(60) }, (_, _) => { }, TimeProvider.System, Cancel);
        cut.ShouldBeInRange((60 * 16_000) - 4_096, (60 * 16_000) + 4_096);
    }

    private static Task<(double Seconds, List<CryWindow> Windows)> ListenAsync(string file) =>
        HearCommand.ListenAsync(file, Scorer, new SoundFileOptions(), TimeProvider.System, Cancel);

    private static async Task<string> Refused(string file) => (await Should.ThrowAsync<InvalidDataException>(ListenAsync(file))).Message;

    private static string Clip(string name) => Path.Combine(Repository.Root, "testdata/hearing", name);

    private static async Task FfmpegAsync(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", "-v error -nostdin -y " + arguments))!;
        await process.WaitForExitAsync(Cancel);
        process.ExitCode.ShouldBe(0);
    }
}
