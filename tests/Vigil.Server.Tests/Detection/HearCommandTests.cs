using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Vigil.Media.Decoding;
using Vigil.Perception.Hearing;
using Vigil.Server.Detection;
using Vigil.Server.Tests.Architecture;

namespace Vigil.Server.Tests.Detection;

/// <summary>What <c>./vigil hear</c> makes of real files of many formats, and of files that are none.</summary>
public sealed class HearCommandTests : IDisposable
{
    private static readonly Lazy<CryScorer> Scorer = new(() => new CryScorer(CryModel.BuiltIn));
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
    [InlineData("a.opus", "-ar 48000 -ac 2 -c:a libopus")]
    [InlineData("a.amr.mka", "-ar 8000 -c:a pcm_mulaw")]
    [InlineData("plain.wav", "-ar 16000 -ac 1")]
    [InlineData("stereo.wav", "-ar 16000 -ac 2")]
    [InlineData("deep.wav", "-ar 48000 -c:a pcm_s24le")]
    [InlineData("float.wav", "-ar 16000 -ac 1 -c:a pcm_f32le")]
    [InlineData("byte.wav", "-ar 16000 -ac 1 -c:a pcm_u8")]
    [InlineData("phone.wav", "-ar 8000 -ac 1 -c:a pcm_mulaw")]
    [InlineData("a.3gp", "-ar 16000 -ac 1 -c:a aac")]
    public async Task A_cry_is_heard_in_every_format(string name, string options)
    {
        var file = Path.Combine(folder, name);
        await FfmpegAsync($"-i {Clip("cry-1.ogg")} {options} {file}");

        var (_, windows) = await ListenAsync(file);

        ClipVerdict.Score([.. windows.Select(w => w.Score)]).ShouldBeGreaterThan(CryModel.BuiltIn.ClipThreshold);
    }

    [Fact]
    public async Task AMR_is_no_script_though_it_begins_as_one()
    {
        // Nobody here writes AMR: two seconds of frames of 12.2 kbit/s without anything in them.
        var file = Path.Combine(folder, "a.amr");
        await File.WriteAllBytesAsync(file, [.. "#!AMR\n"u8, .. Enumerable.Range(0, 100 * 32).Select(i => (byte)(i % 32 == 0 ? 0x3C : 0))], Cancel);

        (await ListenAsync(file)).Seconds.ShouldBe(2, 0.05);

        await File.WriteAllTextAsync(file, "#!/bin/sh\necho\n", Cancel);
        (await Refused(file)).ShouldContain("a program");
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

    [Theory]
    [InlineData("a cry in 'the' \"nursery\".ogg")]
    [InlineData("-cry.ogg")]
    [InlineData("--night")]
    [InlineData("two\nlines.ogg")]
    [InlineData("[50%]*?$HOME;#.ogg")]
    public async Task A_file_may_have_any_name(string name)
    {
        var file = Path.Combine(folder, name);
        File.Copy(Clip("cry-1.ogg"), file);

        var (code, lines, errors) = await HearAsync(["--", file]);

        code.ShouldBe(0, errors);
        var line = lines.ShouldHaveSingleItem();
        line.GetProperty("file").GetString().ShouldBe(file);
        line.GetProperty("cry").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Every_file_has_its_line_also_those_that_cannot_be_heard()
    {
        var empty = Path.Combine(folder, "empty.wav");
        await File.WriteAllBytesAsync(empty, [], Cancel);
        var nowhere = Path.Combine(folder, "nowhere.mp3");

        var (code, lines, errors) = await HearAsync([empty, Clip("dog.ogg"), nowhere, folder, Clip("cry-2.ogg")]);

        code.ShouldBe(1);
        lines.Select(l => l.GetProperty("file").GetString()).ShouldBe([empty, Clip("dog.ogg"), nowhere, folder, Clip("cry-2.ogg")]);
        lines.Select(l => l.GetProperty("cry").GetBoolean()).ShouldBe([false, false, false, false, true]);
        lines.Select(l => l.TryGetProperty("error", out var error) ? error.GetString() : null)
            .ShouldBe(["It is not a sound or video file that ffmpeg can read, or it is empty.", null, "There is no such file.", "It is a folder.", null]);
        errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe([$"{empty}: It is not a sound or video file that ffmpeg can read, or it is empty.", $"{nowhere}: There is no such file.", $"{folder}: It is a folder."]);
    }

    [Fact]
    public async Task Of_a_night_only_alarms_are_lines()
    {
        var (code, lines, errors) = await HearAsync(["--night", Clip("rain.ogg"), Path.Combine(folder, "nowhere.ogg")]);

        code.ShouldBe(1);
        lines.ShouldBeEmpty();
        errors.ShouldContain("There is no such file.");
    }

    [Theory]
    [InlineData("cry-1.ogg")]
    [InlineData("cry-1.m4a")] // Its index is at its end.
    public async Task Standard_input_is_heard_as_a_file_is(string name)
    {
        var file = Path.Combine(folder, name);
        await FfmpegAsync($"-i {Clip("cry-1.ogg")} {file}");
        await using var sound = File.OpenRead(file);

        var (code, lines, errors) = await HearAsync(["-"], sound);

        code.ShouldBe(0, errors);
        lines.ShouldHaveSingleItem().GetProperty("cry").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData]
    [InlineData("--night")]
    [InlineData("--day", "a.ogg")]
    [InlineData("--")]
    public async Task Wrong_usage_is_answered_with_the_right_one(params string[] args)
    {
        var (code, lines, errors) = await HearAsync(args);

        code.ShouldBe(2);
        lines.ShouldBeEmpty();
        errors.ShouldContain("usage: ./vigil hear");
    }

    [Theory]
    [InlineData("-c:a pcm_s16le", false)]
    [InlineData("-c:a pcm_s16le -metadata title=crying -write_peak on", false)]
    [InlineData("-c:a pcm_s24le", true)]
    public async Task What_is_16_kHz_already_is_read_without_a_decoder_and_is_the_same(string options, bool decoder)
    {
        var file = Path.Combine(folder, "a.wav");
        await FfmpegAsync($"-i {Clip("cry-1.ogg")} -ac 1 -ar 16000 {options} {file}");
        var raw = Path.Combine(folder, "raw");
        await FfmpegAsync($"-i {file} -f s16le {raw}");
        var without = new SoundFileOptions { FfmpegPath = "/nowhere/ffmpeg" };

        if (decoder)
        {
            (await Should.ThrowAsync<InvalidDataException>(DecodeAsync(file, without))).Message.ShouldBe("ffmpeg could not be started; is it installed?");
        }
        else
        {
            (await DecodeAsync(file, without)).ShouldBe(await File.ReadAllBytesAsync(raw, Cancel));
            (await DecodeAsync(file, without with { Most = TimeSpan.FromSeconds(2) })).Length.ShouldBe(64_000);
        }
    }

    [Theory]
    [InlineData(40_000)]
    [InlineData(40_001)]
    [InlineData(44)]
    [InlineData(20)]
    public async Task A_WAV_that_was_cut_is_heard_as_far_as_it_goes(int length)
    {
        var file = Path.Combine(folder, "a.wav");
        await FfmpegAsync($"-i {Clip("cry-1.ogg")} -ac 1 -ar 16000 {file}");
        await using (var cut = File.OpenWrite(file))
        {
            cut.SetLength(length);
        }

        if (length > 44)
        {
            (await ListenAsync(file)).Seconds.ShouldBe((length - 78) / 32_000.0, 0.01);
        }
        else
        {
            await Refused(file);
        }
    }

    private static async Task<byte[]> DecodeAsync(string file, SoundFileOptions options)
    {
        var bytes = new List<byte>();
        await SoundFile.DecodeAsync(file, options, (sound, _) => bytes.AddRange(MemoryMarshal.AsBytes(sound)), TimeProvider.System, Cancel);
        return [.. bytes];
    }

    private static async Task<(int Code, List<JsonElement> Lines, string Errors)> HearAsync(string[] args, Stream? input = null)
    {
        using var output = new MemoryStream();
        await using var errors = new StringWriter { NewLine = "\n" };
        var code = await HearCommand.RunAsync(args, () => input ?? Stream.Null, output, errors);
        var text = Encoding.UTF8.GetString(output.ToArray());
        return (code, [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))], errors.ToString());
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
