using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Events;
using Vigil.Testing;

namespace Vigil.Server.Tests.Events;

public sealed class UnansweredTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_that_was_away_finds_the_alarm_behind_everything_that_moved()
    {
        await using var server = await TestServer.StartAsync(new ManualTime());
        var home = await TestHousehold.CreateAsync(server);
        var (log, table) = (server.Services.GetRequiredService<EventLog>(), server.Services.GetRequiredService<EventTable>());
        var now = server.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        CameraEvent Seen(EventKind kind, int minutesAgo, EventLevel? level = null) => log.Observe(new Observation
        {
            HouseholdId = home.Id,
            Kind = kind,
            Level = level,
            From = now.AddMinutes(-minutesAgo),
            To = now.AddMinutes(-minutesAgo),
        });
        var cry = Seen(EventKind.Cry, 60);
        var answered = Seen(EventKind.Cry, 55);
        var noise = Seen(EventKind.Sound, 50, EventLevel.Red);
        CameraEvent[] others = [Seen(EventKind.Sound, 45, EventLevel.Yellow), Seen(EventKind.CameraOnline, 40), .. Enumerable.Range(1, 30).Reverse().Select(m => Seen(EventKind.Motion, m))];
        await table.FileAsync([cry, answered, noise, .. others], Cancel);
        (await home.Client.PostAsync($"/api/v1/events/{answered.Id}/acknowledge", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var page = await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/events?unanswered=true&limit=3", Cancel);

        page.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("id").GetGuid()).ShouldBe([noise.Id, cry.Id]);
        page.GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
    }
}
