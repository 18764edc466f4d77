using System.Diagnostics;
using Vigil.RecorderHost;
using Vigil.Testing;

namespace Vigil.Media.Tests.Recording;

/// <summary>On a real disk of 8 MB that the kernel says is full; the other tests of a full disk have a made-up one.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task A_disk_that_others_fill_pauses_recording_keeps_what_fits_and_goes_on_when_there_is_room()
    {
        var scratch = Directory.CreateTempSubdirectory("vigil-full-").FullName;
        try
        {
            var disk = Directory.CreateDirectory(Path.Combine(scratch, "disk")).FullName;
            var (allowed, why) = await RunAsync($"mount -t tmpfs -o size=1m none {disk}");
            Assert.SkipUnless(allowed, $"This machine does not let us mount a disk of our own: {string.Join(' ', why)}");
            var footage = Path.Combine(scratch, "footage.mp4");
            SampleFootage.Encode(footage, 4);

            var (ended, said) = await RunAsync($"mount -t tmpfs -o size=8m none {disk} && exec dotnet {typeof(FullDiskHost).Assembly.Location} --full-disk {disk} {footage}");

            var story = string.Join('\n', said);
            ended.ShouldBeTrue(story);
            said.Where(line => line.StartsWith("FAULT", StringComparison.Ordinal)).ShouldBeEmpty();
            said[0].ShouldBe("FULL DiskFull", story);
            said[1].ShouldBe("WAITS DiskFull", "half a megabyte is not room enough");
            said[2].TrimEnd().ShouldBe("RESUMED", story);
            said[^1].ShouldStartWith("DONE ");
            said[^1].ShouldContain("DiskFull");
            said[^1].ShouldEndWith("Stopped");
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    /// <summary>In a namespace of its own: the disk is gone with the process.</summary>
    private static async Task<(bool Ended, List<string> Said)> RunAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("unshare", ["-Urnm", "sh", "-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(Cancel);
        var said = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode == 0, [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries), .. (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
    }
}
