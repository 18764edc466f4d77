using System.Net.Http.Json;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Hosting;
using Vigil.Server.Tests.Events;
using Vigil.Testing;

namespace Vigil.Server.Tests.Watchdog;

public sealed class PulseWatchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loop_that_is_stuck_becomes_an_event_and_ends_it_when_it_goes_on()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        using var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "rtsp://192.0.2.1/stream1" }, Cancel);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        using var pulse = server.Services.GetRequiredService<Pulses>().Register("winding of the clock", TimeSpan.FromMilliseconds(1));

        var stopped = await page.UntilEventAsync("serverTrouble");
        stopped.GetProperty("detail").GetString().ShouldBe("A part of Vigil has stopped working: winding of the clock.");
        stopped.GetProperty("endedAt").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);

        pulse.LongestSilence = TimeSpan.FromHours(1);
        await page.UntilAsync(m => m.GetProperty("type").GetString() == "event"
            && m.GetProperty("event").GetProperty("kind").GetString() == "serverTrouble"
            && m.GetProperty("event").GetProperty("endedAt").ValueKind != System.Text.Json.JsonValueKind.Null);
    }

    [Fact]
    public async Task A_loop_that_has_nothing_to_do_is_not_silent_and_one_stuck_at_an_item_is()
    {
        var time = new ManualTime();
        var pulses = new Pulses(time);
        using var pulse = pulses.Register("loop", TimeSpan.FromSeconds(60));
        var items = Channel.CreateUnbounded<int>();
        await using var loop = pulse.ReadAllAsync(items.Reader, Cancel).GetAsyncEnumerator(Cancel);

        var next = loop.MoveNextAsync().AsTask();
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(10), () => time.GetUtcNow() > new ManualTime().GetUtcNow() + TimeSpan.FromMinutes(10));
        pulses.Silent().ShouldBeEmpty();

        items.Writer.TryWrite(1);
        (await next).ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(61));
        pulses.Silent().ShouldBe([pulse]);
    }

    [Fact]
    public void A_loop_that_rests_is_not_silent_until_it_has_begun_again()
    {
        var time = new ManualTime();
        var pulses = new Pulses(time);
        using var pulse = pulses.Register("loop", TimeSpan.FromSeconds(60));

        pulse.Rest();
        time.Advance(TimeSpan.FromDays(1));
        pulses.Silent().ShouldBeEmpty();

        pulse.Beat();
        time.Advance(TimeSpan.FromSeconds(61));
        pulses.Silent().ShouldBe([pulse]);
    }
}
