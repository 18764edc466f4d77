using System.Diagnostics.Metrics;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Hosting;

public sealed class BroadcastTests
{
    [Fact]
    public void What_a_slow_listener_loses_is_counted_by_the_servers_meter()
    {
        var counted = 0L;
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: ServerMeter.Name, Name: "vigil.server.announcements_lost" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            if (Equals(tags[0].Value, nameof(Chime)))
            {
                counted += count;
            }
        });
        meters.Start();
        var broadcast = new Broadcast<Chime>();
        using var slow = broadcast.Listen(capacity: 2);

        for (var i = 0; i < 5; i++)
        {
            broadcast.Send(new Chime(i));
        }

        counted.ShouldBe(3);
        slow.Lost.ShouldBe(3);
        slow.Items.TryRead(out var oldest).ShouldBeTrue();
        oldest!.Number.ShouldBe(3);
    }

    private sealed record Chime(int Number);
}
