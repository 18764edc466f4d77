using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests.Accounts;

public sealed class HouseholdTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_owner_manages_the_members_and_others_look()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var added = await home.Client.PostAsJsonAsync(
            "/api/v1/household/members", new { email = "bo@example.org", password = "a long password", name = "Bo", place = "parent" }, Cancel);
        added.StatusCode.ShouldBe(HttpStatusCode.Created);
        var boId = (await Json(added)).GetProperty("accountId").GetInt64();
        var gus = await home.AddAsync("gus", Place.Guest);

        (await gus.Client.GetFromJsonAsync<JsonElement>("/api/v1/household/members", Cancel)).EnumerateArray()
            .Select(member => (member.GetProperty("name").GetString(), member.GetProperty("place").GetString()))
            .ShouldBe([("ana", "owner"), ("Bo", "parent"), ("gus", "guest")]);
        (await gus.Client.PostAsJsonAsync("/api/v1/household/members", new { email = "x@example.org", password = "a long password", place = "owner" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await gus.Client.PatchAsJsonAsync($"/api/v1/household/members/{gus.Account.Id}", new { place = "owner" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await gus.Client.DeleteAsync($"/api/v1/household/members/{boId}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await gus.Client.PatchAsJsonAsync("/api/v1/household", new { name = "Mine" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        (await home.Client.DeleteAsync($"/api/v1/household/members/{home.Owner.Account.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Conflict, "the last owner stays");
        (await home.Client.PatchAsJsonAsync($"/api/v1/household/members/{boId}", new { place = "owner" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await home.Client.PatchAsJsonAsync("/api/v1/household", new { name = "Nest", timeZone = "Asia/Tokyo" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Json(await gus.Client.GetAsync("/api/v1/me", Cancel))).GetProperty("household").GetProperty("timeZone").GetString().ShouldBe("Asia/Tokyo");
    }

    [Fact]
    public async Task Who_is_put_out_keeps_an_account_and_an_empty_home()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var gus = await home.AddAsync("gus", Place.Guest);

        (await home.Client.DeleteAsync($"/api/v1/household/members/{gus.Account.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        var me = await Json(await gus.Client.GetAsync("/api/v1/me", Cancel));
        me.GetProperty("household").GetProperty("id").GetInt64().ShouldNotBe(home.Id);
        me.GetProperty("household").GetProperty("place").GetString().ShouldBe("owner");
        me.GetProperty("households").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Somebody_with_an_account_joins_a_second_household_and_keeps_their_password_and_their_first()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var other = await TestHousehold.CreateAsync(server, "eve");
        var known = new { email = " EVE@example.org", password = "another password", name = "Somebody else", place = "parent" };

        var added = await home.Client.PostAsJsonAsync("/api/v1/household/members", known, Cancel);
        var again = await home.Client.PostAsJsonAsync("/api/v1/household/members", known, Cancel);
        var fresh = await home.Client.PostAsJsonAsync("/api/v1/household/members", known with { email = "new@example.org" }, Cancel);

        added.StatusCode.ShouldBe(HttpStatusCode.Created);
        again.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var (hers, new_) = (await Json(added), await Json(fresh));
        hers.GetProperty("hadAccount").GetBoolean().ShouldBeTrue();
        hers.GetProperty("name").GetString().ShouldBe("eve");
        new_.GetProperty("hadAccount").GetBoolean().ShouldBeFalse();
        hers.EnumerateObject().Select(p => p.Name).ShouldBe(new_.EnumerateObject().Select(p => p.Name));
        var me = await Json(await other.Client.GetAsync("/api/v1/me", Cancel));
        me.GetProperty("household").GetProperty("id").GetInt64().ShouldBe(other.Id);
        me.GetProperty("households").EnumerateArray().Select(h => h.GetProperty("id").GetInt64()).ShouldBe([other.Id, home.Id]);
        (await Json(await other.Client.GetAsync($"/api/v1/me?household={home.Id}", Cancel))).GetProperty("household").GetProperty("place").GetString().ShouldBe("parent");
        (await server.Client.PostAsJsonAsync("/api/v1/session", new { login = "eve", password = "another password" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await server.Client.PostAsJsonAsync("/api/v1/session", new { login = "eve", password = TestMember.Password }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await other.Client.DeleteAsync($"/api/v1/household/members/{other.Owner.Account.Id}?household={home.Id}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_household_one_does_not_belong_to_cannot_be_chosen()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server, "ana");
        var other = await TestHousehold.CreateAsync(server, "eve");

        foreach (var household in new[] { $"{home.Id}", "99999", "9999999999999999999999", "home" })
        {
            foreach (var (client, expected) in new[] { (other.Client, HttpStatusCode.NotFound), (server.Client, HttpStatusCode.Unauthorized) })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/household") { Headers = { { "X-Vigil-Household", household } } };
                (await client.SendAsync(request, Cancel)).StatusCode.ShouldBe(expected, household);
                (await client.GetAsync($"/api/v1/household?household={household}", Cancel)).StatusCode.ShouldBe(expected, household);
            }
        }
    }

    [Fact]
    public async Task Administration_is_by_server_role_and_the_first_account_has_it()
    {
        await using var server = await TestServer.StartAsync();
        var first = await TestHousehold.CreateAsync(server, "ana");
        var second = await TestHousehold.CreateAsync(server, "eve");
        var eve = second.Owner.Account.Id;

        foreach (var path in new[] { "accounts", "settings", "sessions", "storage" })
        {
            (await first.Client.GetAsync($"/api/v1/admin/{path}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK, path);
            (await second.Client.GetAsync($"/api/v1/admin/{path}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
        }

        (await first.Client.PatchAsJsonAsync($"/api/v1/admin/accounts/{first.Owner.Account.Id}", new { isActive = false }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await first.Client.PutAsJsonAsync("/api/v1/admin/settings", new { registration = "closed", defaultRole = "visitor" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.Client.PostAsJsonAsync("/auth/register", new { email = "new@example.org", password = "secret-1" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        (await first.Client.PatchAsJsonAsync($"/api/v1/admin/accounts/{eve}", new { isActive = false }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await second.Client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "switched off means signed out");
        (await server.Client.PostAsJsonAsync("/api/v1/session", new { login = "eve", password = TestMember.Password }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_request_from_a_foreign_page_or_under_a_foreign_name_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        async Task<(HttpStatusCode, string?)> Send(HttpMethod method, string path, params (string Name, string Value)[] headers)
        {
            using var client = server.NewClient();
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Add("Cookie", home.Owner.CookieHeader);
            foreach (var (name, value) in headers)
            {
                request.Headers.Add(name, value);
            }

            var answer = await client.SendAsync(request, Cancel);
            return (answer.StatusCode, (await answer.Content.ReadAsStringAsync(Cancel)) is { Length: > 0 } body && body[0] == '{'
                && JsonDocument.Parse(body).RootElement.TryGetProperty("code", out var code) ? code.GetString() : null);
        }

        (await Send(HttpMethod.Get, "/api/v1/me", ("Origin", "http://evil.example.org"))).ShouldBe((HttpStatusCode.Forbidden, "foreignOrigin"));
        (await Send(HttpMethod.Get, "/api/v1/me", ("Host", "evil.example.org"))).ShouldBe((HttpStatusCode.BadRequest, "unknownHost"));
        (await Send(HttpMethod.Delete, "/api/v1/session")).ShouldBe((HttpStatusCode.Forbidden, "originMissing"));
        (await Send(HttpMethod.Delete, "/api/v1/session", ("Sec-Fetch-Site", "cross-site"))).ShouldBe((HttpStatusCode.Forbidden, "originMissing"));
        (await Send(HttpMethod.Get, "/api/v1/me")).Item1.ShouldBe(HttpStatusCode.OK);
        (await Send(HttpMethod.Delete, "/api/v1/session", ("Sec-Fetch-Site", "same-origin"))).Item1.ShouldBe(HttpStatusCode.NoContent);
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer) => JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement;
}
