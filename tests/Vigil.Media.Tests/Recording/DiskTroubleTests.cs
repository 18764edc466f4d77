using Vigil.Media.Recording;
using Vigil.Protocols.Codecs;
using Vigil.Testing;

namespace Vigil.Media.Tests.Recording;

public sealed class DiskTroubleTests
{
    private static readonly Lazy<IReadOnlyList<MediaFrame>> Footage = new(() => SampleFootage.Make(20));

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public async Task A_power_cut_costs_less_than_a_second_and_never_a_readable_file()
    {
        var random = new Random(7);
        for (var trial = 0; trial < 150; trial++)
        {
            var disk = new TearingDisk();
            await using var rig = new RecorderRig(disk, segmentLength: Seconds(3));
            using var hold = rig.Camera.Hold();
            var until = Seconds(0.2 + (random.NextDouble() * 12));
            rig.Play(Footage.Value, until);
            var index = rig.Segments;
            var synced = index.ToDictionary(s => s.Path, s => disk.DurableContentOf(s.Path));

            disk.CutPower(random);
            var found = await new RecorderRigless(disk).ScanAsync();

            foreach (var row in index)
            {
                var segment = found.SingleOrDefault(s => s.Path == row.Path).ShouldNotBeNull($"trial {trial}: a row without its file");
                segment.Bytes.ShouldBeGreaterThanOrEqualTo(row.Bytes, $"trial {trial}");
                segment.End.ShouldBeGreaterThanOrEqualTo(row.End - TimeSpan.FromMilliseconds(1), $"trial {trial}");
                disk.ContentOf(row.Path).AsSpan(0, synced[row.Path].Length).SequenceEqual(synced[row.Path]).ShouldBeTrue($"trial {trial}");
            }

            foreach (var segment in found)
            {
                // Whole to the last byte: our strict reader takes every sample.
                SampleFootage.Read(disk.ContentOf(segment.Path)).Count.ShouldBeGreaterThan(0);
            }

            var last = Footage.Value.Last(f => f.Dts - MediaTime.Zero < until).WallClock;
            var kept = found.Count == 0 ? SampleFootage.Epoch : found.Max(s => s.End);
            (last - kept).ShouldBeLessThanOrEqualTo(Seconds(1), $"trial {trial}");
        }
    }

    [Fact]
    public async Task A_full_disk_pauses_recording_with_the_tail_finished_and_goes_on_when_there_is_room()
    {
        var disk = new TearingDisk { Capacity = (1 << 20) + 300_000 };
        await using var rig = new RecorderRig(disk);
        disk.Reserve(1 << 20);
        using var hold = rig.Camera.Hold();
        rig.Play(Footage.Value, Seconds(9));

        rig.Recorder.Status.Paused.ShouldBe(SegmentEnd.DiskFull);
        var full = rig.Segments.ShouldHaveSingleItem();
        full.Ended.ShouldBe(SegmentEnd.DiskFull);
        full.Bytes.ShouldBe(disk.ContentOf(full.Path).Length);
        SampleFootage.Read(disk.ContentOf(full.Path)).ShouldNotBeEmpty();
        disk.Reserved.ShouldBe(0);

        disk.Capacity += 10 << 20;
        rig.Play(Footage.Value.Where(f => f.Dts - MediaTime.Zero >= Seconds(9)), Seconds(18));

        rig.Recorder.Status.Paused.ShouldBeNull();
        disk.Reserved.ShouldBe(1 << 20);
        var segments = await rig.StopAsync();
        segments.Count.ShouldBe(2);
        segments[1].Start.ShouldBeLessThan(full.End + Seconds(1.5), "the ring bridges a short pause");
        segments[1].End.ShouldBe(SampleFootage.Epoch + Seconds(18), Seconds(0.2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(17)]
    public async Task A_failing_disk_ends_the_segment_and_the_next_begins_when_it_works_again(int operations)
    {
        var disk = new TearingDisk();
        await using var rig = new RecorderRig(disk);
        using var hold = rig.Camera.Hold();
        rig.Play(Footage.Value, Seconds(2));
        disk.FailAfter = operations;
        rig.Play(Footage.Value.Where(f => f.Dts - MediaTime.Zero >= Seconds(2)), Seconds(10));
        disk.FailAfter = int.MaxValue;
        rig.Play(Footage.Value.Where(f => f.Dts - MediaTime.Zero >= Seconds(10)).Concat(
            Footage.Value.Select(f => SampleFootage.Shift(f, Seconds(20.1)))), Seconds(38));

        var segments = await rig.StopAsync();

        segments.ShouldContain(s => s.Ended == SegmentEnd.DiskFailed);
        segments[^1].End.ShouldBe(SampleFootage.Epoch + Seconds(38), Seconds(0.2));
        segments.ShouldAllBe(s => !s.Open);
        segments.ShouldAllBe(s => SampleFootage.Read(disk.ContentOf(s.Path)).Count > 0);
    }

    [Fact]
    public void The_kernels_no_space_left_is_told_from_other_failures()
    {
        using var full = new PosixSegmentDisk("/dev").Open("full");

        Should.Throw<DiskFullException>(() => full.Write(0, [new byte[10]]));
    }

    [Fact]
    public async Task Garbage_among_the_files_stops_nobody()
    {
        await using var rig = new RecorderRig();
        using (rig.Camera.Hold())
        {
            rig.Play(Footage.Value, Seconds(5));
            await rig.StopAsync();
        }

        var good = rig.Segments.ShouldHaveSingleItem();
        var random = new Random(3);
        var bytes = await File.ReadAllBytesAsync(rig.FileOf(good), TestContext.Current.CancellationToken);
        var directory = Path.GetDirectoryName(rig.FileOf(good))!;
        for (var i = 0; i < 60; i++)
        {
            var copy = bytes[..random.Next(bytes.Length)];
            for (var flips = random.Next(4); flips > 0 && copy.Length > 0; flips--)
            {
                copy[random.Next(copy.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(Path.Combine(directory, $"1300{i:00}_000.mp4"), copy);
        }

        File.WriteAllText(Path.Combine(rig.Root, "notes.mp4"), "not a segment");
        File.WriteAllBytes(Path.Combine(directory, "140000_000.mp4"), []);

        var scan = new RecorderRigless(new PosixSegmentDisk(rig.Root));
        var found = await scan.ScanAsync();
        var again = await scan.ScanAsync();

        found.ShouldContain(s => s.Path == good.Path && s.Bytes == good.Bytes && s.Ended == good.Ended && s.End == good.End && s.Start == good.Start);
        again.OrderBy(s => s.Path).ShouldBe(found.OrderBy(s => s.Path), "a second scan has nothing left to mend");
        File.Exists(Path.Combine(rig.Root, "notes.mp4")).ShouldBeTrue();
        File.Exists(Path.Combine(directory, "140000_000.mp4")).ShouldBeFalse();
        using var clip = ClipFile.Open(found, rig.Root, SampleFootage.Epoch, SampleFootage.Epoch + Seconds(10));
        clip.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_deleted_segment_is_told_to_the_index()
    {
        await using var rig = new RecorderRig(segmentLength: Seconds(3));
        using var hold = rig.Camera.Hold();
        rig.Play(Footage.Value, Seconds(10));
        var oldest = rig.Segments[0];

        await rig.Recorder.DeleteAsync([oldest, rig.Segments[^1]], TestContext.Current.CancellationToken);
        rig.AdvanceTo(Seconds(10.8));

        rig.Index.ShouldNotContainKey(oldest.Path);
        File.Exists(rig.FileOf(oldest)).ShouldBeFalse();
        rig.Segments[^1].Open.ShouldBeTrue("one that is being written stays");
    }

    [Fact]
    public async Task An_index_that_is_away_loses_nothing_but_the_steps_in_between()
    {
        await using var rig = new RecorderRig(segmentLength: Seconds(1));
        using var hold = rig.Camera.Hold();
        for (var i = 0; i < 60; i++)
        {
            foreach (var frame in Footage.Value)
            {
                rig.Bus.Publish(SampleFootage.Shift(frame, Seconds(20 * i)));
                if (frame.IsKeyFrame && frame.Kind == TrackKind.Video)
                {
                    rig.Time.Advance(Seconds(1));
                    rig.Recorder.Step();
                    rig.Recorder.Sync();
                }
            }
        }

        rig.Recorder.Status.WaitingChanges.ShouldBeGreaterThan(0);
        rig.Step();
        rig.Step();
        var segments = await rig.StopAsync();

        segments.Count.ShouldBe(Directory.EnumerateFiles(rig.Root, "*.mp4", SearchOption.AllDirectories).Count());
        segments.Count.ShouldBeGreaterThan(1100);
        segments.ShouldAllBe(s => !s.Open);
    }
}

/// <summary>The start-up scan by itself.</summary>
internal sealed class RecorderRigless(ISegmentDisk disk)
{
    public async Task<IReadOnlyList<SegmentRecord>> ScanAsync()
    {
        await using var recorder = new Recorder(
            new RecorderOptions { Root = "", ReserveBytes = 0 },
            disk,
            new ManualTime(),
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            startLoop: false);
        return await recorder.ScanAsync(TestContext.Current.CancellationToken);
    }
}
