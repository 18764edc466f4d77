using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Events;
using Vigil.Testing;

namespace Vigil.Server.Tests.Events;

public sealed class LiveSocketTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_is_greeted_with_what_it_needs()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "rtsp://camera.invalid/1", paused = true }, Cancel);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);

        var hello = (await page.NextAsync()).ShouldNotBeNull();
        hello.GetProperty("type").GetString().ShouldBe("hello");
        hello.GetProperty("householdId").GetInt64().ShouldBe(home.Id);
        hello.GetProperty("serverTime").GetString().ShouldNotBeNull().ShouldEndWith("Z");
        (await page.UntilAsync("camera")).GetProperty("status").GetProperty("state").GetString().ShouldBe("paused");

        await page.SayAsync("""{"type":"ping","t":12.5}""");
        (await page.UntilAsync("pong")).GetProperty("t").GetDouble().ShouldBe(12.5);
        await page.SayAsync("not json");
        await page.UntilAsync("heartbeat");
    }

    [Fact]
    public async Task A_parent_who_becomes_a_guest_loses_the_open_page_at_once_but_is_not_signed_out()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var pia = await home.AddAsync("pia", Place.Parent);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "rtsp://camera.invalid/1", paused = true }, Cancel);
        await using var page = await OpenPage.OpenAsync(server, pia);
        await page.UntilAsync("camera");

        (await home.Client.PatchAsJsonAsync($"/api/v1/household/members/{pia.Account.Id}", new { place = "guest" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);

        while (await page.NextAsync() is { } message)
        {
            message.GetProperty("type").GetString().ShouldNotBe("session_ended");
        }

        await using var again = await OpenPage.OpenAsync(server, pia);
        (await again.UntilAsync(m => m.GetProperty("type").GetString() is "heartbeat" or "camera")).GetProperty("type").GetString().ShouldBe("heartbeat");
    }

    [Fact]
    public async Task A_socket_may_name_its_household_in_the_address()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var other = await TestHousehold.CreateAsync(server, "eve");
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        await connection.ExecuteAsync(
            "insert into membership (account_id, household_id, place, joined_at) values (@account, @household, 'parent', now())",
            new { account = home.Owner.Account.Id, household = other.Id });

        await using var first = await OpenPage.OpenAsync(server, home.Owner);
        await using var second = await OpenPage.OpenAsync(server, home.Owner, query: $"household={other.Id}");

        (await first.UntilAsync("hello")).GetProperty("householdId").GetInt64().ShouldBe(home.Id);
        (await second.UntilAsync("hello")).GetProperty("householdId").GetInt64().ShouldBe(other.Id);
        var refused = await Should.ThrowAsync<System.Net.WebSockets.WebSocketException>(
            () => OpenPage.OpenAsync(server, other.Owner, query: $"household={home.Id}"));
        refused.Message.ShouldContain("404");
    }

    [Fact]
    public async Task The_health_check_counts_the_open_pages_and_their_people()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var pia = await home.AddAsync("pia", Place.Parent);
        await using var phone = await OpenPage.OpenAsync(server, home.Owner);
        await using var tablet = await OpenPage.OpenAsync(server, home.Owner);
        await using var other = await OpenPage.OpenAsync(server, pia);
        await phone.UntilAsync("hello");
        await tablet.UntilAsync("hello");
        await other.UntilAsync("hello");

        var answer = await server.Client.GetFromJsonAsync<System.Text.Json.JsonElement>("/health-check", Cancel);

        answer.GetProperty("websocket_connections").GetInt32().ShouldBe(3);
        answer.GetProperty("connected_users").GetInt32().ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"type":"\ud800","t":1}""")]
    [InlineData("""{"type":"ping","t":1e999}""")]
    public async Task Nonsense_from_a_page_does_not_end_its_alerts(string text)
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);

        await page.SayAsync(text);

        await page.SayAsync("""{"type":"ping","t":2}""");
        (await page.UntilAsync("pong")).GetProperty("t").GetDouble().ShouldBe(2);
    }

    [Fact]
    public async Task A_message_in_two_parts_is_one_message_and_an_endless_one_ends_the_page()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);

        await page.SayInPartsAsync("""{"type":"pi""", """ng","t":3}""");
        (await page.UntilAsync("pong")).GetProperty("t").GetDouble().ShouldBe(3);

        await page.SayAsync(new string(' ', 2000));
        while (await page.NextAsync() is not null)
        {
        }
    }

    [Fact]
    public async Task A_member_of_two_homes_hears_the_alarms_of_both_on_one_page()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var other = await TestHousehold.CreateAsync(server, "eve");
        await JoinAsync(server, home.Owner, other, Place.Parent);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await page.UntilAsync("hello");

        Alarm(server, other);
        var far = await page.UntilAsync("event");
        Alarm(server, home);
        var near = await page.UntilAsync("event");

        far.GetProperty("household").GetProperty("id").GetInt64().ShouldBe(other.Id);
        far.GetProperty("household").GetProperty("name").GetString().ShouldBe("eve's home");
        near.TryGetProperty("household", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_page_that_is_open_when_its_member_joins_a_second_home_is_asked_to_come_again_and_then_hears_both()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var other = await TestHousehold.CreateAsync(server, "eve");
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await page.UntilAsync("hello");

        await JoinAsync(server, home.Owner, other, Place.Parent);
        while (await page.NextAsync() is { } message)
        {
            message.GetProperty("type").GetString().ShouldNotBe("session_ended");
        }

        await using var again = await OpenPage.OpenAsync(server, home.Owner);
        await again.UntilAsync("hello");
        Alarm(server, other);
        (await again.UntilAsync("event")).GetProperty("household").GetProperty("id").GetInt64().ShouldBe(other.Id);
    }

    [Fact]
    public async Task A_guest_of_a_second_home_hears_nothing_of_it()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var other = await TestHousehold.CreateAsync(server, "eve");
        await JoinAsync(server, home.Owner, other, Place.Guest);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await page.UntilAsync("hello");

        Alarm(server, other);
        Alarm(server, home);

        (await page.UntilAsync("event")).TryGetProperty("household", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Who_is_put_out_of_one_of_two_homes_is_told_so_and_is_still_signed_in()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var other = await TestHousehold.CreateAsync(server, "eve");
        await JoinAsync(server, home.Owner, other, Place.Parent);
        await using var there = await OpenPage.OpenAsync(server, home.Owner, query: $"household={other.Id}");
        await using var here = await OpenPage.OpenAsync(server, home.Owner);
        await there.UntilAsync("hello");
        await here.UntilAsync("hello");

        (await other.Client.DeleteAsync($"/api/v1/household/members/{home.Owner.Account.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await there.UntilAsync("session_ended")).GetProperty("reason").GetString().ShouldBe("putOut");
        while (await here.NextAsync() is { } message)
        {
            message.GetProperty("type").GetString().ShouldNotBe("session_ended");
        }

        await using var again = await OpenPage.OpenAsync(server, home.Owner);
        (await again.UntilAsync("hello")).GetProperty("householdId").GetInt64().ShouldBe(home.Id);
        Alarm(server, other);
        (await UpToHeartbeatAsync(again)).ShouldNotContain("event");
    }

    [Fact]
    public async Task A_session_that_ends_closes_its_pages_and_says_why()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await page.UntilAsync("hello");

        (await home.Client.DeleteAsync("/api/v1/session", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await page.UntilAsync("session_ended")).GetProperty("reason").GetString().ShouldNotBeNullOrEmpty();
        while (await page.NextAsync() is not null)
        {
        }
    }

    [Fact]
    public async Task Nothing_follows_the_word_that_the_session_has_ended()
    {
        await using var server = await TestServer.StartAsync(new ManualTime()); // The page closes although the clock stands still.
        var home = await TestHousehold.CreateAsync(server);
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:", paused = true }, Cancel);
        var camera = server.Services.GetRequiredService<Vigil.Server.Cameras.CameraDirectory>().Find(1)!;
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await page.UntilAsync("hello");
        using var over = new CancellationTokenSource();
        var loud = Task.Run(
            () =>
            {
                var pages = server.Services.GetRequiredService<LivePages>();
                while (!over.IsCancellationRequested)
                {
                    pages.Level(camera, 1000, null, DateTimeOffset.UnixEpoch);
                    Thread.Yield();
                }
            },
            Cancel);
        await page.UntilAsync("level");

        (await home.Client.DeleteAsync("/api/v1/session", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await page.UntilAsync("session_ended");
        (await page.NextAsync().WaitAsync(TimeSpan.FromSeconds(30), Cancel)).ShouldBeNull();
        await over.CancelAsync();
        await loud;
    }

    [Fact]
    public async Task A_neighbour_or_a_guest_hears_nothing_of_our_cameras()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var guest = await home.AddAsync("guest", Place.Guest);
        var neighbour = await TestHousehold.CreateAsync(server, "bob");
        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "rtsp://camera.invalid/1" }, Cancel);
        await using var ours = await OpenPage.OpenAsync(server, home.Owner);
        await using var theirs = await OpenPage.OpenAsync(server, neighbour.Owner);
        await using var guests = await OpenPage.OpenAsync(server, guest);
        await theirs.UntilAsync("hello");
        await guests.UntilAsync("hello");

        server.Services.GetRequiredService<EventLog>().Observe(new Observation
        {
            HouseholdId = home.Id,
            CameraId = 1,
            Kind = EventKind.Sound,
            From = TimeProvider.System.GetUtcNow(),
            To = TimeProvider.System.GetUtcNow(),
        });

        await ours.UntilEventAsync("sound");
        foreach (var page in new[] { theirs, guests })
        {
            var heard = await UpToHeartbeatAsync(page);
            heard.ShouldNotContain("event");
            heard.ShouldNotContain("camera");
        }

        await Should.ThrowAsync<System.Net.WebSockets.WebSocketException>(() => OpenPage.OpenAsync(server, neighbour.Owner, "/ws/monitor/1/"));
    }

    [Fact]
    public async Task Pages_hear_that_the_list_of_cameras_has_changed_and_of_a_pause_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        await page.UntilAsync("hello");

        await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address = "test:" }, Cancel);
        await page.UntilAsync("cameras");
        await page.UntilAsync(m => m.GetProperty("type").GetString() == "camera" && m.GetProperty("status").GetProperty("state").GetString() == "live");
        await home.Client.PostAsJsonAsync("/api/v1/cameras/1/pause", new { paused = true }, Cancel);
        await page.UntilAsync(m => m.GetProperty("type").GetString() == "camera" && m.GetProperty("status").GetProperty("state").GetString() == "paused");
    }

    private static async Task JoinAsync(TestServer server, TestMember who, TestHousehold where, Place place)
    {
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        await connection.ExecuteAsync(
            "insert into membership (account_id, household_id, place, joined_at) values (@account, @household, @place, now())",
            new { account = who.Account.Id, household = where.Id, place = Words.Of(place) });
    }

    private static void Alarm(TestServer server, TestHousehold home) => server.Services.GetRequiredService<EventLog>().Observe(new Observation
    {
        HouseholdId = home.Id,
        Kind = EventKind.NotRecording,
        From = TimeProvider.System.GetUtcNow(),
        To = TimeProvider.System.GetUtcNow(),
    });

    private static async Task<List<string>> UpToHeartbeatAsync(OpenPage page)
    {
        var heard = new List<string>();
        while (await page.NextAsync() is { } message && message.GetProperty("type").GetString() is var type && type != "heartbeat")
        {
            heard.Add(type!);
        }

        return heard;
    }
}
