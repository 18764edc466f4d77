using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests.Cctv;

/// <summary>`/v0/api/users/auth/…` and `/v0/api/token/…`, in the words of the contract.</summary>
public sealed class CctvSignInTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Signing_in_answers_two_tokens_and_the_user()
    {
        var home = await HomeAsync();
        using var caller = await CctvCaller.SignInAsync(_server, home.Owner.Account.Email!);

        var body = caller.SignedIn;
        body.GetProperty("token_type").GetString().ShouldBe("Bearer");
        body.GetProperty("expires_in").GetInt32().ShouldBe(86400);
        body.GetProperty("message").GetString().ShouldBe("Login successful");
        var user = body.GetProperty("user");
        user.EnumerateObject().Select(field => field.Name)
            .ShouldBe(["id", "email", "username", "first_name", "last_name", "role", "is_active", "is_verified"]);
        user.GetProperty("id").GetGuid().ShouldBe(home.Owner.Account.Uid);

        var access = Claims(body.GetProperty("access_token").GetString()!);
        access.GetProperty("type").GetString().ShouldBe("access");
        access.GetProperty("uid").GetGuid().ShouldBe(home.Owner.Account.Uid);
        access.GetProperty("user_id").GetInt64().ShouldBe(home.Owner.Account.Id);
        access.GetProperty("role").GetString().ShouldBe(user.GetProperty("role").GetString());
        (access.GetProperty("exp").GetInt64() - access.GetProperty("iat").GetInt64()).ShouldBe(86400);
        var refresh = Claims(body.GetProperty("refresh_token").GetString()!);
        refresh.GetProperty("type").GetString().ShouldBe("refresh");
        (refresh.GetProperty("exp").GetInt64() - refresh.GetProperty("iat").GetInt64()).ShouldBe(30 * 86400);
        refresh.GetProperty("jti").GetString().ShouldBe(access.GetProperty("jti").GetString(), "both belong to the one session");
    }

    [Fact]
    public async Task Signing_in_sets_the_cookie_that_pictures_need()
    {
        var home = await HomeAsync();

        using var answer = await _server.Client.PostAsJsonAsync(
            "/v0/api/users/auth/login", new { email = home.Owner.Account.Email, password = TestMember.Password }, CctvCaller.Patience());

        answer.Headers.GetValues("Set-Cookie").ShouldContain(cookie => cookie.StartsWith("vigil=", StringComparison.Ordinal) && cookie.Contains("httponly"));
    }

    [Fact]
    public async Task Wrong_credentials_unknown_accounts_and_accounts_switched_off_are_400()
    {
        var home = await HomeAsync();
        var off = await home.AddAsync(Name(), Place.Parent);
        await using (var connection = await _server.Database.OpenConnectionAsync(CctvCaller.Patience()))
        {
            await Dapper.SqlMapper.ExecuteAsync(connection, "update account set is_active = false where id = @Id", new { off.Account.Id });
        }

        (await PostAsync("/users/auth/login/", new { email = home.Owner.Account.Email, password = "wrong" })).ShouldBe(HttpStatusCode.BadRequest)["detail"].ShouldBe("Invalid credentials");
        (await PostAsync("/users/auth/login/", new { email = "nobody@example.org", password = "wrong" })).ShouldBe(HttpStatusCode.BadRequest)["detail"].ShouldBe("Invalid credentials");
        (await PostAsync("/users/auth/login/", new { email = off.Account.Email, password = TestMember.Password })).ShouldBe(HttpStatusCode.BadRequest)["detail"].ShouldBe("User account is disabled");
        (await PostAsync("/users/auth/login/", new { email = off.Account.Email, password = "wrong" })).ShouldBe(HttpStatusCode.BadRequest)["detail"].ShouldBe("Invalid credentials");
        (await PostAsync("/users/auth/login/", new { password = "x" })).ShouldBe(HttpStatusCode.UnprocessableEntity).Json.GetProperty("detail")[0].GetProperty("loc")[1].GetString().ShouldBe("email");
    }

    [Fact]
    public async Task A_refresh_token_brings_a_new_access_token_in_both_spellings()
    {
        var home = await HomeAsync();
        using var caller = await CctvCaller.SignInAsync(_server, home.Owner.Account.Email!);
        var refresh = caller.SignedIn.GetProperty("refresh_token").GetString();

        var one = (await PostAsync("/users/auth/refresh/", new { refresh_token = refresh })).ShouldBeOk();
        one["refresh_token"].ShouldBe(refresh);
        one["token_type"].ShouldBe("Bearer");
        one["expires_in"].ShouldBe("86400");
        one.Json.TryGetProperty("message", out _).ShouldBeTrue();
        var two = (await PostAsync("/token/refresh/", new { refresh })).ShouldBeOk();
        two["access"].ShouldBe(two["access_token"]);
        two["refresh"].ShouldBe(refresh);
        two["refresh_token"].ShouldBe(refresh);
        foreach (var token in new[] { one["access_token"]!, two["access_token"]! })
        {
            (await ProfileAsync(token)).ShouldBeOk();
        }
    }

    [Fact]
    public async Task A_refresh_token_opens_nothing_and_an_access_token_refreshes_nothing()
    {
        var home = await HomeAsync();
        using var caller = await CctvCaller.SignInAsync(_server, home.Owner.Account.Email!);

        (await ProfileAsync(caller.SignedIn.GetProperty("refresh_token").GetString()!)).ShouldBe(HttpStatusCode.Unauthorized).Text.ShouldBe("""{"detail":"Unauthorized"}""");
        (await PostAsync("/users/auth/refresh/", new { refresh_token = caller.SignedIn.GetProperty("access_token").GetString() })).ShouldBe(HttpStatusCode.Unauthorized);
        (await PostAsync("/token/refresh/", new { refresh = "nonsense" })).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_short_door_answers_access_and_refresh()
    {
        var home = await HomeAsync();

        var answer = (await PostAsync("/token/", new { email = home.Owner.Account.Email, password = TestMember.Password })).ShouldBeOk();

        answer.Json.EnumerateObject().Select(field => field.Name).ShouldBe(["access", "refresh"]);
        (await ProfileAsync(answer["access"]!)).ShouldBeOk();
        (await PostAsync("/token/", new { email = home.Owner.Account.Email, password = "wrong" })).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Signing_out_ends_both_tokens()
    {
        var home = await HomeAsync();
        using var caller = await CctvCaller.SignInAsync(_server, home.Owner.Account.Email!);

        var answer = (await caller.PostAsync("/users/auth/logout/")).ShouldBeOk();

        answer.Json.GetProperty("success").GetBoolean().ShouldBeTrue();
        answer.Json.TryGetProperty("message", out _).ShouldBeTrue();
        (await caller.GetAsync("/users/profile/")).ShouldBe(HttpStatusCode.Unauthorized).Text.ShouldBe("""{"detail":"Unauthorized"}""");
        (await PostAsync("/token/refresh/", new { refresh = caller.SignedIn.GetProperty("refresh_token").GetString() })).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact] // Flaw 16: the page omits the confirmation, and the original's route never signed its caller in.
    public async Task A_password_is_changed_without_the_confirmation_that_the_page_omits()
    {
        var home = await HomeAsync();
        var email = home.Owner.Account.Email!;
        using var caller = await CctvCaller.SignInAsync(_server, email);
        using var elsewhere = await CctvCaller.SignInAsync(_server, email);

        (await caller.PostAsync("/users/auth/change-password/", new { old_password = "wrong", new_password = "another battery" })).ShouldBe(HttpStatusCode.BadRequest);
        (await caller.PostAsync("/users/auth/change-password/", new { old_password = TestMember.Password, new_password = "another battery", new_password_confirm = "other" }))
            .ShouldBe(HttpStatusCode.BadRequest);
        (await caller.PostAsync("/users/auth/change-password/", new { old_password = TestMember.Password, new_password = "another battery" }))
            .ShouldBeOk().Json.GetProperty("success").GetBoolean().ShouldBeTrue();

        (await caller.GetAsync("/users/profile/")).ShouldBeOk();
        (await elsewhere.GetAsync("/users/profile/")).ShouldBe(HttpStatusCode.Unauthorized);
        using var again = await CctvCaller.SignInAsync(_server, email, "another battery");
    }

    [Fact]
    public async Task A_password_reset_tells_nobody_who_has_an_account()
    {
        var home = await HomeAsync();

        var known = (await PostAsync("/users/auth/request-password-reset/", new { email = home.Owner.Account.Email })).ShouldBeOk();
        var unknown = (await PostAsync("/users/auth/request-password-reset/", new { email = "nobody@example.org" })).ShouldBeOk();
        known.Text.ShouldBe(unknown.Text);

        object Attempt(string? email) => new { email, otp = "123456", new_password = "another battery", new_password_confirm = "another battery" };
        var mine = (await PostAsync("/users/auth/verify-password-reset/", Attempt(home.Owner.Account.Email))).ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync("/users/auth/verify-password-reset/", Attempt("nobody@example.org"))).ShouldBe(HttpStatusCode.BadRequest).Text.ShouldBe(mine.Text);
    }

    [Fact] // Flaw 16: no throttling.
    public async Task Guessing_a_password_is_slowed_down()
    {
        var home = await HomeAsync();

        foreach (var guess in new[] { "one", "two" })
        {
            (await PostAsync("/users/auth/login/", new { email = home.Owner.Account.Email, password = guess })).ShouldBe(HttpStatusCode.BadRequest);
            (await PostAsync("/token/", new { email = home.Owner.Account.Email, password = guess })).ShouldBe(HttpStatusCode.Unauthorized);
        }

        // What each failure costs is told by the tests of the throttle; that these doors count is told here.
        await using var connection = await _server.Database.OpenConnectionAsync(CctvCaller.Patience());
        (await Dapper.SqlMapper.ExecuteScalarAsync<int>(connection, "select max(failures) from sign_in_throttle")).ShouldBeGreaterThanOrEqualTo(4);
    }

    private static JsonElement Claims(string token)
    {
        // As the page does it: plain base64, no URL alphabet.
        var payload = token.Split('.')[1];
        return JsonDocument.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(payload.PadRight(payload.Length + ((4 - (payload.Length % 4)) % 4), '=')))).RootElement;
    }

    private static string Name() => "p" + Guid.NewGuid().ToString("N")[..10];

    private Task<TestHousehold> HomeAsync() => TestHousehold.CreateAsync(_server, Name());

    private async Task<Answer> PostAsync(string path, object body) =>
        await Answer.OfAsync(await _server.Client.PostAsJsonAsync("/v0/api" + path, body, CctvCaller.Patience()));

    private async Task<Answer> ProfileAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v0/api/users/profile/");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await Answer.OfAsync(await _server.Client.SendAsync(request, CctvCaller.Patience()));
    }
}
