using System.Diagnostics.Metrics;
using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Tests.Bus;

public sealed class MediaBusTests
{
    private static readonly TrackFormat Video = new() { Codec = Codec.H264, ClockRate = 90_000 };

    private static MediaFrame Frame(int number, bool key) => new()
    {
        Format = Video,
        Pts = new MediaTime(number),
        Dts = new MediaTime(number),
        IsKeyFrame = key,
        WallClock = DateTimeOffset.UnixEpoch,
        Payload = new byte[10],
    };

    [Fact]
    public void A_new_viewer_begins_with_the_cached_group_of_pictures()
    {
        var bus = new MediaBus();
        bus.Publish(Frame(1, true));
        bus.Publish(Frame(2, false));
        bus.Publish(Frame(3, true));
        bus.Publish(Frame(4, false));

        using var viewer = bus.Subscribe(new SubscriptionOptions { Name = "live", FromGroupStart = true });

        Drain(viewer).ShouldBe([3, 4]);
    }

    [Fact]
    public void What_a_slow_subscriber_loses_is_counted_by_the_engines_meter_under_its_name()
    {
        const string Slow = "slow, of this test";
        var counted = 0L;
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: MediaMeter.Name, Name: "vigil.media.frames_dropped" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            if (tags[0] is { Key: "subscriber", Value: Slow })
            {
                Interlocked.Add(ref counted, count); // Other tests publish too.
            }
        });
        meters.Start();
        var bus = new MediaBus();
        using var slow = bus.Subscribe(new SubscriptionOptions { Name = Slow, Capacity = 3 });
        for (var i = 0; i < 5; i++)
        {
            bus.Publish(Frame(i, i == 0));
        }

        Interlocked.Read(ref counted).ShouldBe(5, "the three that waited, and two that need the next key frame");
        slow.Dropped.ShouldBe(5);
    }

    [Fact]
    public void A_group_longer_than_the_queue_is_handed_over_whole_and_the_bound_counts_what_comes_after()
    {
        var bus = new MediaBus();
        for (var i = 0; i < 6; i++)
        {
            bus.Publish(Frame(i, i == 0));
        }

        using var viewer = bus.Subscribe(new SubscriptionOptions { Name = "live", FromGroupStart = true, Capacity = 3, CapacityBytes = 35 });
        bus.Publish(Frame(6, false));
        bus.Publish(Frame(7, false));
        viewer.TryRead(out _).ShouldBeTrue();
        bus.Publish(Frame(8, false));

        Drain(viewer).ShouldBe(Enumerable.Range(1, 8));
        viewer.Dropped.ShouldBe(0);
        for (var i = 9; i < 12; i++)
        {
            bus.Publish(Frame(i, false));
        }

        bus.Publish(Frame(12, false));
        Drain(viewer).ShouldBeEmpty("four wait where three may");
        viewer.Dropped.ShouldBe(4);
    }

    [Fact]
    public void A_slow_subscriber_resumes_at_a_key_frame_and_others_lose_nothing()
    {
        var bus = new MediaBus();
        using var slow = bus.Subscribe(new SubscriptionOptions { Name = "slow", Capacity = 3 });
        using var healthy = bus.Subscribe(new SubscriptionOptions { Name = "healthy", Capacity = 100 });

        for (var i = 0; i < 10; i++)
        {
            bus.Publish(Frame(i, i % 5 == 0));
        }

        Drain(healthy).ShouldBe(Enumerable.Range(0, 10));
        Drain(slow).ShouldBeEmpty("the queue overflowed and waits for a key frame");
        slow.Dropped.ShouldBe(10);
        bus.Publish(Frame(10, true));
        Drain(slow).ShouldBe([10]);
    }

    [Fact]
    public async Task A_waiting_reader_wakes_for_a_frame_for_cancellation_and_for_the_end()
    {
        var bus = new MediaBus();
        var viewer = bus.Subscribe(new SubscriptionOptions { Name = "live" });
        var read = viewer.ReadAsync(TestContext.Current.CancellationToken);
        read.IsCompleted.ShouldBeFalse();
        bus.Publish(Frame(1, true));
        (await read).Pts.Ticks.ShouldBe(1);

        using var cancel = new CancellationTokenSource();
        var cancelled = viewer.ReadAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(cancelled);

        var ended = viewer.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        viewer.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(ended);
        bus.SubscriberCount.ShouldBe(0);
    }

    private static List<int> Drain(Subscription subscription)
    {
        var numbers = new List<int>();
        while (subscription.TryRead(out var frame))
        {
            numbers.Add((int)frame.Pts.Ticks);
        }

        return numbers;
    }
}
