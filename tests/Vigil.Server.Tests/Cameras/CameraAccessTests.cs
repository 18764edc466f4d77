using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Testing;

namespace Vigil.Server.Tests.Cameras;

/// <summary>Access rows as guests and outsiders meet them. The households live in UTC, on a clock that the test moves.</summary>
public sealed class CameraAccessTests
{
    private static readonly DateTimeOffset Evening = new(2026, 3, 10, 19, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_sees_the_granted_camera_in_its_window_and_no_other_camera()
    {
        var time = new ManualTime(Evening);
        await using var server = await TestServer.StartAsync(time);
        var home = await TestHousehold.CreateAsync(server, timeZone: "UTC");
        var gus = await home.AddAsync("gus", Place.Guest);
        var (living, crib) = (await AddCameraAsync(home, "Living room"), await AddCameraAsync(home, "Crib"));
        await server.GrantAsync(home, living, gus, new AccessRule { Start = new(18, 0), End = new(23, 0) });

        (await gus.Client.GetAsync($"/api/v1/cameras/{living}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gus.Client.GetAsync($"/api/v1/cameras/{crib}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gus.Client.PostAsJsonAsync($"/api/v1/cameras/{living}/pause", new { paused = true }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var seen = (await ListAsync(gus)).ShouldHaveSingleItem();
        seen.GetProperty("name").GetString().ShouldBe("Living room");
        seen.GetProperty("address").GetString().ShouldBe("", "an address is for those who may change it");
        seen.GetProperty("accessUntil").GetDateTimeOffset().ShouldBe(Evening.AddHours(4));

        time.Advance(TimeSpan.FromHours(4));
        var refused = await gus.Client.GetAsync($"/api/v1/cameras/{living}", Cancel);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("detail").GetString()
            .ShouldBe("Your access ended at 23:00. It begins again tomorrow at 18:00.");
        var closed = (await ListAsync(gus)).ShouldHaveSingleItem();
        closed.GetProperty("closed").GetProperty("detail").GetString().ShouldStartWith("Your access ended at 23:00.");
        closed.GetProperty("status").GetProperty("lastFrameAt").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task An_outsider_reaches_the_granted_camera_by_naming_the_household_and_nothing_else_of_it()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var eve = (await TestHousehold.CreateAsync(server, "eve")).Owner;
        var (living, crib) = (await AddCameraAsync(home, "Living room"), await AddCameraAsync(home, "Crib"));
        (await eve.Client.GetAsync($"/api/v1/cameras?household={home.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        var grant = await server.GrantAsync(home, living, eve);

        var me = await eve.Client.GetFromJsonAsync<JsonElement>("/api/v1/me", Cancel);
        me.GetProperty("household").GetProperty("id").GetInt64().ShouldNotBe(home.Id, "one's own home comes first");
        var other = me.GetProperty("households").EnumerateArray().Last();
        other.GetProperty("id").GetInt64().ShouldBe(home.Id);
        other.GetProperty("place").GetString().ShouldBe("guest");
        other.GetProperty("isOutsider").GetBoolean().ShouldBeTrue();
        async Task<HttpStatusCode> Get(string path) => (await eve.Client.GetAsync($"{path}?household={home.Id}", Cancel)).StatusCode;
        (await Get($"/api/v1/cameras/{living}")).ShouldBe(HttpStatusCode.OK);
        (await Get($"/api/v1/cameras/{crib}")).ShouldBe(HttpStatusCode.NotFound);
        (await Get("/api/v1/events")).ShouldBe(HttpStatusCode.OK);
        (await Get("/api/v1/household/members")).ShouldBe(HttpStatusCode.Forbidden);
        (await Get("/api/v1/devices")).ShouldBe(HttpStatusCode.Forbidden);
        (await eve.Client.GetAsync($"/api/v1/cameras/{living}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound, "not in her own home");

        await server.Services.GetRequiredService<CameraGrants>().RemoveAsync(home.Id, grant.Id, Cancel);
        (await Get($"/api/v1/cameras/{living}")).ShouldBe(HttpStatusCode.NotFound);
        (await eve.Client.GetFromJsonAsync<JsonElement>("/api/v1/me", Cancel)).GetProperty("households").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task A_public_camera_is_for_guests_of_its_household_and_nobody_else()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var gus = await home.AddAsync("gus", Place.Guest);
        var eve = (await TestHousehold.CreateAsync(server, "eve")).Owner;
        var (door, crib) = (await AddCameraAsync(home, "Door"), await AddCameraAsync(home, "Crib"));
        await server.GrantAsync(home, crib, eve);

        (await home.Client.PatchAsJsonAsync($"/api/v1/cameras/{door}", new { isPublic = true }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await gus.Client.GetAsync($"/api/v1/cameras/{door}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gus.Client.GetAsync($"/api/v1/cameras/{crib}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await eve.Client.GetAsync($"/api/v1/cameras/{crib}?household={home.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await eve.Client.GetAsync($"/api/v1/cameras/{door}?household={home.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Events_levels_and_lists_end_at_the_edges_of_the_window()
    {
        var time = new ManualTime(Evening);
        await using var server = await TestServer.StartAsync(time);
        var home = await TestHousehold.CreateAsync(server, timeZone: "UTC");
        var gus = await home.AddAsync("gus", Place.Guest);
        var living = await AddCameraAsync(home, "Living room");
        await server.GrantAsync(home, living, gus, new AccessRule { Start = new(18, 0), End = new(23, 0) });
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        var ids = new Dictionary<int, Guid>();
        foreach (var hour in new[] { 12, 17, 18 })
        {
            var at = Evening.AddHours(hour - 19).AddMinutes(10);
            ids[hour] = Guid.CreateVersion7(at);
            await connection.ExecuteAsync(
                """
                insert into event (id, household_id, camera_id, kind, started_at, until, ended_at, clip_from, clip_to)
                values (@happened, @Id, @living, 'sound', @at, @at, @at, @at, @at);
                insert into sound_level (camera_id, at, household_id, peak, mean) values (@living, @at, @Id, 100, 50)
                """,
                new { happened = ids[hour], home.Id, living, at });
        }

        var page = await gus.Client.GetFromJsonAsync<JsonElement>("/api/v1/events?limit=1", Cancel);
        page.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("id").GetGuid()).ShouldBe([ids[18]]);
        var rest = await gus.Client.GetFromJsonAsync<JsonElement>($"/api/v1/events?limit=1&before={page.GetProperty("next").GetGuid()}", Cancel);
        rest.GetProperty("events").GetArrayLength().ShouldBe(0);
        rest.GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
        (await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/events", Cancel)).GetProperty("events").GetArrayLength().ShouldBe(3);
        (await gus.Client.GetAsync($"/api/v1/events/{ids[18]}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gus.Client.GetAsync($"/api/v1/events/{ids[17]}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gus.Client.GetAsync($"/api/v1/events/{ids[17]}/clip.mp4", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var levels = await gus.Client.GetFromJsonAsync<JsonElement>($"/api/v1/cameras/{living}/levels?from={Evening.AddHours(-12):O}".Replace("+", "%2B", StringComparison.Ordinal), Cancel);
        levels.GetProperty("points").GetArrayLength().ShouldBe(1);
        var halfHours = $"/api/v1/cameras/{living}/levels?step=1800&from={Evening.AddHours(-12):O}".Replace("+", "%2B", StringComparison.Ordinal);
        var coarse = (await gus.Client.GetFromJsonAsync<JsonElement>(halfHours, Cancel)).GetProperty("points").EnumerateArray().ShouldHaveSingleItem();
        coarse.GetProperty("at").GetDateTimeOffset().ShouldBe(Evening.AddHours(-1));
        (coarse.GetProperty("max").GetInt32(), coarse.GetProperty("mean").GetInt32()).ShouldBe((100, 50));
        (await home.Client.GetFromJsonAsync<JsonElement>(halfHours, Cancel)).GetProperty("points").GetArrayLength().ShouldBe(3);
        (await home.Client.GetAsync(halfHours.Replace("1800", "0", StringComparison.Ordinal), Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Who_is_put_out_of_the_household_loses_what_they_were_granted_as_a_guest()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var gus = await home.AddAsync("gus", Place.Guest);
        var living = await AddCameraAsync(home, "Living room");
        await server.GrantAsync(home, living, gus);

        (await home.Client.DeleteAsync($"/api/v1/household/members/{gus.Account.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await gus.Client.GetAsync($"/api/v1/cameras/{living}?household={home.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static async Task<int> AddCameraAsync(TestHousehold home, string name)
    {
        var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name, address = "rtsp://192.0.2.77/1", paused = true }, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt32();
    }

    private static async Task<IReadOnlyList<JsonElement>> ListAsync(TestMember member) =>
        [.. (await member.Client.GetFromJsonAsync<JsonElement>("/api/v1/cameras", Cancel)).EnumerateArray()];
}

internal static class Grants
{
    /// <summary>An access row, as a parent would make it.</summary>
    public static async Task<CameraGrant> GrantAsync(
        this TestServer server, TestHousehold home, int camera, TestMember to, AccessRule? rule = null, CameraRights? rights = null) =>
        (await server.Services.GetRequiredService<CameraGrants>().PutAsync(
            new CameraGrant
            {
                HouseholdId = home.Id,
                CameraId = camera,
                AccountId = to.Account.Id,
                Rights = rights ?? CameraRights.OfPublic,
                Rule = rule ?? new AccessRule(),
                GrantedBy = home.Owner.Account.Id,
            },
            TestContext.Current.CancellationToken)).ShouldNotBeNull();
}
