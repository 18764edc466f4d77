using Vigil.Media.Recording;

namespace Vigil.Media.Tests.Recording;

public sealed class PosixSegmentDiskTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("vigil-disk-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_day_goes_with_its_last_file_and_a_camera_with_its_last_day()
    {
        var disk = new PosixSegmentDisk(root);
        disk.Create("7/2026-11-20/030000_000.mp4").Dispose();
        disk.Create("7/2026-11-20/030100_000.mp4").Dispose();
        disk.Create("7/2026-11-21/030000_000.mp4").Dispose();

        disk.Delete("7/2026-11-20/030000_000.mp4");
        Directory.Exists(Path.Combine(root, "7/2026-11-20")).ShouldBeTrue();
        disk.Delete("7/2026-11-20/030100_000.mp4");
        Directory.Exists(Path.Combine(root, "7/2026-11-20")).ShouldBeFalse();
        disk.Delete("7/2026-11-21/030000_000.mp4");

        Directory.EnumerateFileSystemEntries(root).ShouldBeEmpty();
    }

    [Fact]
    public void Empty_days_of_before_are_removed_and_nothing_else()
    {
        Directory.CreateDirectory(Path.Combine(root, "7/2026-11-19"));
        Directory.CreateDirectory(Path.Combine(root, "7/2026-11-20"));
        Directory.CreateDirectory(Path.Combine(root, "8/2026-11-20"));
        File.WriteAllText(Path.Combine(root, "7/2026-11-20/030000_000.mp4"), "");
        File.WriteAllText(Path.Combine(root, ".reserve"), "");

        _ = new PosixSegmentDisk(root);

        Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path)).Order()
            .ShouldBe([".reserve", "7", "7/2026-11-20", "7/2026-11-20/030000_000.mp4"]);
    }

    [Fact]
    public void What_is_not_ours_on_a_disk_of_its_own_is_left_alone()
    {
        var foreign = Directory.CreateDirectory(Path.Combine(root, "lost+found"), UnixFileMode.None).FullName;

        var disk = new PosixSegmentDisk(root);
        disk.Create("7/2026-11-20/030000_000.mp4").Dispose();

        disk.List().ShouldBe(["7/2026-11-20/030000_000.mp4"]);
        Directory.Exists(foreign).ShouldBeTrue();
    }

    [Fact]
    public void A_file_can_be_made_while_the_last_of_its_day_is_deleted()
    {
        var disk = new PosixSegmentDisk(root);
        Parallel.For(0, 4, worker =>
        {
            for (var i = 0; i < 200; i++)
            {
                var path = $"7/2026-11-20/03{worker:00}00_{i:000}.mp4";
                disk.Create(path).Dispose();
                disk.Delete(path);
            }
        });

        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }
}
