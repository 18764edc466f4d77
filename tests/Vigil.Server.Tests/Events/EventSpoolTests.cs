using Vigil.Server.Events;

namespace Vigil.Server.Tests.Events;

public sealed class EventSpoolTests : IDisposable
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("vigil-spool-");

    private string File => Path.Combine(directory.FullName, "events.log");

    [Fact]
    public void What_is_put_in_comes_out_whole()
    {
        var spool = new EventSpool(File);
        var e = Event(1) with { Peak = 6000, Level = EventLevel.Red, ClipFrom = Night, Box = new EventBox(0.1f, 0.2f, 0.3f, 0.4f), Detail = "quote \" and\nline" };
        spool.Append([e]);

        new EventSpool(File).Read().ShouldBe([e]);
    }

    [Fact]
    public void Only_the_newest_state_of_an_event_comes_out()
    {
        var spool = new EventSpool(File);
        var e = Event(1);
        spool.Append([e with { Revision = 2 }]);
        spool.Append([e with { Revision = 1 }, Event(2)]);

        spool.Read().Select(r => r.Revision).ShouldBe([2, 0]);
    }

    [Fact]
    public void Every_truncation_keeps_the_whole_lines_and_the_next_one()
    {
        var spool = new EventSpool(File);
        spool.Append([Event(1)]);
        var first = System.IO.File.ReadAllBytes(File);
        spool.Append([Event(2)]);
        var both = System.IO.File.ReadAllBytes(File);
        for (var length = first.Length; length < both.Length; length += 7)
        {
            System.IO.File.WriteAllBytes(File, both[..length]);
            var mended = new EventSpool(File);
            mended.Append([Event(3)]);
            var waiting = mended.Read();
            waiting[0].ShouldBe(Event(1) with { Id = waiting[0].Id });
            waiting[^1].StartedAt.ShouldBe(Night.AddSeconds(3));
            mended.Damaged.ShouldBeLessThanOrEqualTo(1);
        }
    }

    [Fact]
    public void A_flipped_bit_costs_one_line()
    {
        var spool = new EventSpool(File);
        spool.Append([Event(1), Event(2)]);
        var bytes = System.IO.File.ReadAllBytes(File);
        bytes[40] ^= 1;
        System.IO.File.WriteAllBytes(File, bytes);

        spool.Read().Count.ShouldBe(1);
        spool.Damaged.ShouldBe(1);
    }

    [Fact]
    public void A_full_spool_keeps_the_newest_events()
    {
        var spool = new EventSpool(File, mostBytes: 10_000);
        for (var i = 0; i < 200; i++)
        {
            spool.Append([Event(i)]);
        }

        new FileInfo(File).Length.ShouldBeLessThanOrEqualTo(10_000);
        spool.Read()[^1].StartedAt.ShouldBe(Night.AddSeconds(199));
    }

    [Fact]
    public void A_growing_event_does_not_fill_the_spool()
    {
        var spool = new EventSpool(File, mostBytes: 10_000);
        var growing = Event(0);
        spool.Append([Event(1)]);
        for (var i = 0; i < 500; i++)
        {
            spool.Append([growing with { Revision = i }]);
        }

        spool.Read().Select(e => e.Revision).ShouldBe([499, 0]);
    }

    public void Dispose() => directory.Delete(recursive: true);

    private static CameraEvent Event(int seconds) => new()
    {
        Id = Guid.CreateVersion7(Night.AddSeconds(seconds)),
        HouseholdId = 1,
        CameraId = 7,
        Kind = EventKind.Sound,
        StartedAt = Night.AddSeconds(seconds),
        Until = Night.AddSeconds(seconds + 1),
    };
}
