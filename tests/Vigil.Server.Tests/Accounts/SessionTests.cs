using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;
using Vigil.Server.Database;
using Vigil.Testing;

namespace Vigil.Server.Tests.Accounts;

public sealed class SessionTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_visitor_becomes_owner_and_superadmin_and_is_signed_in()
    {
        await using var server = await TestServer.StartAsync();
        var before = await GetJson(server.Client, "/api/v1/setup");
        before.GetProperty("needsOwner").GetBoolean().ShouldBeTrue();
        before.GetProperty("needsCode").GetBoolean().ShouldBeFalse("the test comes from loopback");

        var made = await server.Client.PostAsJsonAsync(
            "/api/v1/setup", new { email = "ana@example.org", password = "correct horse", name = "Ana", householdName = "Home", timeZone = "Europe/Zagreb" }, Cancel);

        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        var me = await Json(made);
        me.GetProperty("account").GetProperty("role").GetString().ShouldBe("superadmin");
        me.GetProperty("account").GetProperty("username").GetString().ShouldBe("ana");
        me.GetProperty("household").GetProperty("timeZone").GetString().ShouldBe("Europe/Zagreb");
        me.GetProperty("household").GetProperty("place").GetString().ShouldBe("owner");
        me.GetProperty("households").GetArrayLength().ShouldBe(1);
        me.GetProperty("session").GetProperty("expiresAt").GetString()!.ShouldEndWith("Z");
        var cookie = made.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        (await GetJson(WithCookie(server, cookie), "/api/v1/me")).GetProperty("account").GetProperty("email").GetString().ShouldBe("ana@example.org");

        (await GetJson(server.Client, "/api/v1/setup")).GetProperty("needsOwner").GetBoolean().ShouldBeFalse();
        var second = await server.Client.PostAsJsonAsync(
            "/api/v1/setup", new { email = "eve@example.org", password = "correct horse", householdName = "Home", timeZone = "UTC" }, Cancel);
        second.StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Two_first_visitors_at_once_are_one_owner_and_one_refusal()
    {
        await using var server = await TestServer.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => server.Client.PostAsJsonAsync(
            "/api/v1/setup", new { email = $"a{number}@example.org", password = "correct horse", householdName = "Home", timeZone = "UTC" }, Cancel)));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict).ShouldBe(3);
    }

    [Theory]
    [InlineData("", "correct horse", "UTC")]
    [InlineData("no address", "correct horse", "UTC")]
    [InlineData("a@b.c", "short", "UTC")]
    [InlineData("a@b.c", "correct horse", "Mars/Olympus")]
    [InlineData("a@b.c", "correct horse", "../../etc/passwd")]
    public async Task A_bad_set_up_is_a_400_that_says_why(string email, string password, string timeZone)
    {
        var server = shared.Server;

        var answer = await server.Client.PostAsJsonAsync("/api/v1/setup", new { email, password, householdName = "Home", timeZone }, Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await server.Services.GetRequiredService<AccountDirectory>().AnyAsync(Cancel)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_session_slides_and_ends_ninety_days_after_its_last_use()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var household = await TestHousehold.CreateAsync(server);

        time.SetWallClock(time.GetUtcNow() + TimeSpan.FromDays(80));
        (await household.Client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        time.SetWallClock(time.GetUtcNow() + TimeSpan.FromDays(80));
        (await household.Client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        time.SetWallClock(time.GetUtcNow() + TimeSpan.FromDays(91));
        (await household.Client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Signing_out_ends_the_cookie_the_token_and_open_sockets_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var household = await TestHousehold.CreateAsync(server);
        var login = await server.Client.PostAsJsonAsync("/api/v1/session", new { login = "ANA", password = TestMember.Password }, Cancel);
        var client = WithCookie(server, login.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        var session = (await Json(login)).GetProperty("session").GetProperty("id").GetInt64();
        using var lease = server.Services.GetRequiredService<SessionLeases>().Watch(Member(household, session));

        (await client.DeleteAsync("/api/v1/session", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        lease.Ended.IsCancellationRequested.ShouldBeTrue();
        (await household.Client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK, "the other session is another row");
    }

    [Fact]
    public async Task A_row_that_somebody_else_deletes_ends_open_sockets_within_seconds()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time);
        var household = await TestHousehold.CreateAsync(server);
        using var lease = server.Services.GetRequiredService<SessionLeases>().Watch(Member(household, household.Owner.SessionId));
        await using (var connection = await server.Database.OpenConnectionAsync(Cancel))
        {
            await connection.ExecuteAsync("delete from login_session");
        }

        await Tick.UntilAsync(time, TimeSpan.FromSeconds(1), () => lease.Ended.IsCancellationRequested);
    }

    [Fact]
    public async Task Changing_the_password_signs_the_others_out_and_keeps_me()
    {
        await using var server = await TestServer.StartAsync();
        var household = await TestHousehold.CreateAsync(server);
        var other = await TestMember.SignInAsync(server, household.Owner.Account);

        (await household.Client.PostAsJsonAsync("/api/v1/me/password", new { oldPassword = "wrong one", newPassword = "a new password" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await household.Client.PostAsJsonAsync("/api/v1/me/password", new { oldPassword = TestMember.Password, newPassword = "a new password" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await household.Client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await other.Client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await server.Client.PostAsJsonAsync("/api/v1/session", new { login = "ana", password = TestMember.Password }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await server.Client.PostAsJsonAsync("/api/v1/session", new { login = "ana", password = "a new password" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task While_the_database_is_away_the_signed_in_stay_signed_in_and_the_rest_is_503()
    {
        await using var server = await TestServer.StartAsync();
        var household = await TestHousehold.CreateAsync(server);
        (await household.Client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var state = server.Services.GetRequiredService<DatabaseState>();
        var name = new Npgsql.NpgsqlConnectionStringBuilder(server.ConnectionString).Database!;
        var cluster = await TestCluster.GetAsync();

        await cluster.ExecuteAsync($"alter database {name} with allow_connections false");
        await cluster.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        await state.WaitForAsync(false, Cancel);

        // Known from before: good, from memory. This endpoint needs nothing else.
        (await household.Client.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var needsRows = await household.Client.GetAsync("/api/v1/household/members", Cancel);
        needsRows.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        needsRows.Headers.RetryAfter.ShouldNotBeNull();
        (await Json(needsRows)).GetProperty("code").GetString().ShouldBe("databaseAway");
        var stranger = WithCookie(server, "vigil=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        (await stranger.GetAsync("/api/v1/me", Cancel)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, "nobody can say now whether that cookie is good");
        var contract = await server.Client.PostAsJsonAsync("/auth/login", new { email = "ana@example.org", password = "x" }, Cancel);
        contract.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await Json(contract)).GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        (await GetJson(server.Client, "/health")).GetProperty("database").GetString().ShouldBe("disconnected");

        await cluster.ExecuteAsync($"alter database {name} with allow_connections true");
        await state.WaitForAsync(true, Cancel);
        (await household.Client.GetAsync("/api/v1/household/members", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static CurrentMember Member(TestHousehold household, long sessionId) => new()
    {
        AccountId = household.Owner.Account.Id,
        AccountUid = household.Owner.Account.Uid,
        Email = null,
        Username = "ana",
        Name = null,
        Role = ServerRole.Dev,
        HouseholdId = household.Id,
        HouseholdName = "home",
        Place = Place.Owner,
        SessionId = sessionId,
        SessionUid = Guid.Empty,
        TimeZone = "UTC",
    };

    private static HttpClient WithCookie(TestServer server, string cookie)
    {
        var client = server.NewClient();
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        client.DefaultRequestHeaders.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        return client;
    }

    private static async Task<JsonElement> GetJson(HttpClient client, string path) => await Json(await client.GetAsync(path, Cancel));

    private static async Task<JsonElement> Json(HttpResponseMessage answer) => JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement;
}
