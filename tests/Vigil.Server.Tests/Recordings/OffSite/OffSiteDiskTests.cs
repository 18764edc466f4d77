using System.Security.Cryptography;
using Vigil.Server.Recordings.OffSite;

namespace Vigil.Server.Tests.Recordings.OffSite;

public sealed class OffSiteDiskTests : IDisposable
{
    private static readonly OffSitePiece Piece = new(7, 3, Guid.Parse("0190aaaa-0000-7000-8000-000000000001"), 0, new DateTimeOffset(2026, 11, 21, 3, 4, 5, TimeSpan.Zero), default);

    private readonly string root = Directory.CreateTempSubdirectory("offsite-").FullName;
    private readonly byte[] footage = RandomNumberGenerator.GetBytes((5 << 20) + 123);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Place => Path.Combine(root, Piece.Path);

    [Fact]
    public void A_path_is_made_of_ids_and_dates()
    {
        Piece.Path.ShouldBe("7/3/2026-11/20261121T030405Z-0190aaaa000070008000000000000001-01.mp4");
    }

    [Fact]
    public void A_long_recording_is_pieces_of_six_hours_that_touch()
    {
        var from = Piece.From;
        OffSitePiece.Of(1, 1, Piece.RecordingId, from, from.AddHours(13)).Select(p => (p.Number, p.From, p.To)).ShouldBe(
            [(0, from, from.AddHours(6)), (1, from.AddHours(6), from.AddHours(12)), (2, from.AddHours(12), from.AddHours(13))]);
        OffSitePiece.Of(1, 1, Piece.RecordingId, from, from.AddHours(6)).Count().ShouldBe(1);
        OffSitePiece.Of(1, 1, Piece.RecordingId, from, from).Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_copy_is_whole_has_its_sum_beside_it_and_leaves_nothing_else()
    {
        Mark();

        var sum = await Disk().CopyAsync(Piece.Path, footage.Length, Read(), () => { }, Cancel);

        sum.ShouldBe(SHA256.HashData(footage));
        (await File.ReadAllBytesAsync(Place, Cancel)).ShouldBe(footage);
        (await File.ReadAllTextAsync(Place + ".sha256", Cancel)).ShouldBe($"{Convert.ToHexStringLower(sum)}  {Path.GetFileName(Place)}\n");
        Directory.GetFiles(Path.GetDirectoryName(Place)!).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_copy_that_broke_off_goes_on_and_what_was_damaged_meanwhile_is_written_anew()
    {
        Mark();
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await Should.ThrowAsync<OperationCanceledException>(Disk().CopyAsync(Piece.Path, footage.Length, Read(3 << 20, broken), () => { }, broken.Token));
        File.Exists(Place).ShouldBeFalse();
        new FileInfo(Place + ".part").Length.ShouldBe(3 << 20);
        await using (var part = File.OpenWrite(Place + ".part"))
        {
            part.Position = (2 << 20) + 17;
            part.WriteByte((byte)~footage[part.Position]);
            part.SetLength(9 << 20);
        }

        await Disk().CopyAsync(Piece.Path, footage.Length, Read(), () => { }, Cancel);

        (await File.ReadAllBytesAsync(Place, Cancel)).ShouldBe(footage);
    }

    [Fact]
    public async Task A_directory_that_is_not_mounted_stays_empty()
    {
        Disk().IsThere.ShouldBeFalse();

        await Should.ThrowAsync<IOException>(Disk().CopyAsync(Piece.Path, footage.Length, Read(), () => { }, Cancel));

        Directory.GetFileSystemEntries(root).ShouldBeEmpty();
    }

    [Fact]
    public async Task Footage_that_ends_early_is_no_copy()
    {
        Mark();

        await Should.ThrowAsync<InvalidDataException>(Disk().CopyAsync(Piece.Path, footage.Length + 1, Read(), () => { }, Cancel));

        File.Exists(Place).ShouldBeFalse();
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private OffSiteDisk Disk() => new(root);

    private void Mark() => File.WriteAllText(Path.Combine(root, OffSiteDisk.Marker), "");

    /// <summary>A few bytes less than asked for each time; breaks off at <paramref name="until"/>.</summary>
    private OffSiteSource Read(long until = long.MaxValue, CancellationTokenSource? broken = null) => (offset, into, cancel) =>
    {
        if (offset >= until)
        {
            broken!.Cancel();
            cancel.ThrowIfCancellationRequested();
        }

        var got = (int)Math.Min(into.Length, footage.Length - offset);
        footage.AsMemory((int)offset, Math.Max(0, got)).CopyTo(into);
        return ValueTask.FromResult(Math.Max(0, got));
    };
}
