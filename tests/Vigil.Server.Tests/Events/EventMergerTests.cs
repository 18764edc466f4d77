using Vigil.Server.Events;

namespace Vigil.Server.Tests.Events;

public sealed class EventMergerTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_is_seen_again_and_again_is_one_event_that_grows()
    {
        var merger = new EventMerger();
        var first = merger.Offer(Seen(0, 0.1, 6000));
        var second = merger.Offer(Seen(0, 2, 9000));
        var last = merger.Offer(Seen(0, 4, 9000, goesOn: false));

        second.Id.ShouldBe(first.Id);
        last.Id.ShouldBe(first.Id);
        first.EndedAt.ShouldBeNull();
        last.EndedAt.ShouldBe(Night.AddSeconds(4));
        last.Peak.ShouldBe(9000);
        last.Revision.ShouldBe(2);
    }

    [Fact]
    public void A_thermometer_that_reports_every_ten_seconds_tells_of_one_fever_in_half_an_hour()
    {
        var merger = new EventMerger();
        var events = Enumerable.Range(0, 60 * 60 / 10)
            .Select(i => merger.Offer(new Observation { HouseholdId = 1, Kind = EventKind.MayBeIll, From = Night.AddSeconds(i * 10), To = Night.AddSeconds(i * 10) }))
            .ToList();

        events.Select(e => e.Id).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void The_clip_reaches_from_the_pre_roll_to_the_post_roll()
    {
        var merger = new EventMerger();
        var growing = merger.Offer(Seen(10, 11, 6000));
        var over = merger.Offer(Seen(10, 14, 6000, goesOn: false));

        growing.ClipFrom.ShouldBe(Night.AddSeconds(5));
        growing.ClipTo.ShouldBeNull();
        over.ClipTo.ShouldBe(Night.AddSeconds(16));
    }

    [Fact]
    public void Recordings_that_touch_are_one_event()
    {
        var merger = new EventMerger();
        var first = merger.Offer(Seen(0, 5, 6000, goesOn: false));
        var second = merger.Offer(Seen(5.04, 5.1, 7000));

        second.Id.ShouldBe(first.Id);
        second.EndedAt.ShouldBeNull();
        second.ClipTo.ShouldBeNull();
    }

    [Fact]
    public void Who_stands_still_for_a_moment_and_walks_on_is_one_event_with_a_box_around_all_of_it()
    {
        var merger = new EventMerger();
        var first = merger.Offer(Moved(0, 4, new EventBox(0.25f, 0.25f, 0.25f, 0.5f)));
        var second = merger.Offer(Moved(13, 15, new EventBox(0.5f, 0.5f, 0.25f, 0.5f)));
        var third = merger.Offer(Moved(26, 30, new EventBox(0, 0, 0.25f, 0.25f)));

        second.Id.ShouldBe(first.Id);
        second.Box.ShouldBe(new EventBox(0.25f, 0.25f, 0.5f, 0.75f));
        third.Id.ShouldNotBe(first.Id);
        third.Box.ShouldBe(new EventBox(0, 0, 0.25f, 0.25f));
    }

    [Fact]
    public void A_second_noise_after_the_first_is_over_is_a_second_event()
    {
        var merger = new EventMerger();
        var first = merger.Offer(Seen(0, 4, 6000, goesOn: false));
        var second = merger.Offer(Seen(5.5, 5.6, 7000));

        second.Id.ShouldNotBe(first.Id);
        second.Revision.ShouldBe(0);
    }

    [Fact]
    public void A_night_of_crying_is_an_event_every_five_minutes()
    {
        var merger = new EventMerger();
        var ids = Enumerable.Range(0, 12 * 60).Select(i => merger.Offer(Seen(i * 5, (i * 5) + 5, 6000, goesOn: false)).Id).Distinct().Count();

        ids.ShouldBe(12);
    }

    [Fact]
    public void Events_sort_by_time_as_the_database_sorts_them()
    {
        var merger = new EventMerger();
        var ids = Enumerable.Range(0, 50).Select(i => merger.Offer(Seen(i * 10, (i * 10) + 1, 6000, goesOn: false)).Id).ToList();

        ids.Order(Comparer<Guid>.Create(EventLog.Compare)).ShouldBe(ids);
    }

    [Theory]
    [InlineData(EventKind.CameraOffline, "camera_offline")]
    [InlineData(EventKind.Sound, "sound")]
    public void Kinds_have_names(EventKind kind, string text)
    {
        kind.ToText().ShouldBe(text);
        EventKinds.Parse(text).ShouldBe(kind);
    }

    [Theory]
    [InlineData("cameraOffline", EventKind.CameraOffline)]
    [InlineData("1", null)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    public void Both_spellings_of_a_kind_are_read(string text, EventKind? kind) => EventKinds.Parse(text).ShouldBe(kind);

    private static Observation Seen(double from, double to, int peak, bool goesOn = true) => new()
    {
        HouseholdId = 1,
        CameraId = 7,
        Kind = EventKind.Sound,
        From = Night.AddSeconds(from),
        To = Night.AddSeconds(to),
        GoesOn = goesOn,
        Peak = peak,
        Level = EventLevel.Red,
        PreRoll = TimeSpan.FromSeconds(5),
        PostRoll = TimeSpan.FromSeconds(2),
    };

    private static Observation Moved(double from, double to, EventBox box) => new()
    {
        HouseholdId = 1,
        CameraId = 1,
        Kind = EventKind.Motion,
        From = Night.AddSeconds(from),
        To = Night.AddSeconds(to),
        Box = box,
    };
}
