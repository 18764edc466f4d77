using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Vigil.Server.Tests.Accounts;

public sealed class SignInContractTests : IAsyncLifetime
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_health_api_registers_and_signs_in_as_documented()
    {
        var registered = await Post("/auth/register", new { email = "Ana@Example.org", password = "secret-1", name = "Ana" });
        registered.StatusCode.ShouldBe(HttpStatusCode.Created);
        var account = await Json(registered);
        account.GetProperty("id").GetInt64().ShouldBeGreaterThan(0);
        account.GetProperty("email").GetString().ShouldBe("Ana@Example.org");
        account.GetProperty("name").GetString().ShouldBe("Ana");
        account.GetProperty("created_at").GetString()!.ShouldEndWith("Z");

        var again = await Post("/auth/register", new { email = "ana@example.ORG", password = "secret-1" });
        again.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await Json(again)).GetProperty("detail").GetString().ShouldBe("Email already registered");

        var token = await _server.Client.PostAsync("/auth/token", Form(("username", "ana@example.org"), ("password", "secret-1"), ("grant_type", "password")), Cancel);
        token.StatusCode.ShouldBe(HttpStatusCode.OK);
        var tokenBody = await Json(token);
        tokenBody.GetProperty("token_type").GetString().ShouldBe("bearer");

        var login = await Post("/auth/login", new { email = "ana@example.org", password = "secret-1" });
        login.Headers.GetValues("Set-Cookie").ShouldContain(cookie => cookie.StartsWith("vigil=", StringComparison.Ordinal) && cookie.Contains("httponly") && cookie.Contains("samesite=lax"));
        (await Json(login)).GetProperty("user").GetProperty("name").GetString().ShouldBe("Ana");

        var me = await GetWithToken("/auth/me", tokenBody.GetProperty("access_token").GetString()!);
        me.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Json(me)).GetProperty("email").GetString().ShouldBe("Ana@Example.org");
        (await _server.Client.GetStringAsync("/auth/test", Cancel)).ShouldBe("""{"message":"Auth router is working!"}""");
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_account_answer_alike()
    {
        await Post("/auth/register", new { email = "ana@example.org", password = "secret-1" });

        var wrong = await _server.Client.PostAsync("/auth/token", Form(("username", "ana@example.org"), ("password", "nope")), Cancel);
        var unknown = await _server.Client.PostAsync("/auth/token", Form(("username", "nobody@example.org"), ("password", "nope")), Cancel);

        wrong.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        wrong.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
        (await wrong.Content.ReadAsStringAsync(Cancel)).ShouldBe("""{"detail":"Incorrect email or password"}""");
        unknown.StatusCode.ShouldBe(wrong.StatusCode);
        (await unknown.Content.ReadAsStringAsync(Cancel)).ShouldBe(await wrong.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task The_shared_auth_paths_answer_both_documented_systems()
    {
        var registered = await Post("/api/auth/register/", new { username = "ana", email = "ana@example.org", password = "secret-1", confirmPassword = "secret-1" });
        registered.StatusCode.ShouldBe(HttpStatusCode.Created);
        var made = await Json(registered);
        made.GetProperty("username").GetString().ShouldBe("ana");
        made.GetProperty("email").GetString().ShouldBe("ana@example.org");
        made.GetProperty("user").GetProperty("id").ValueKind.ShouldBe(JsonValueKind.Number);
        made.GetProperty("access_token").GetString().ShouldNotBeNullOrEmpty();

        var mismatch = await Post("/api/auth/register", new { username = "bob", email = "bob@example.org", password = "secret-1", confirmPassword = "secret-2" });
        mismatch.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await Json(mismatch)).GetProperty("password").GetString().ShouldBe("Passwords must match.");

        var taken = await Post("/api/auth/register", new { username = "ANA", email = "other@example.org", password = "secret-1" });
        taken.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await Json(taken)).GetProperty("detail").GetString().ShouldBe("Username already exists");

        // Without an e-mail, as the page with a password confirmation allows; twice, because null is not a value to be unique.
        (await Post("/api/auth/register", new { username = "cid", email = "", password = "secret-1", confirmPassword = "secret-1" })).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await Post("/api/auth/register", new { username = "dan", password = "secret-1", confirmPassword = "secret-1" })).StatusCode.ShouldBe(HttpStatusCode.Created);

        var wrong = await Post("/api/auth/login", new { username = "ana", password = "nope" });
        wrong.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var refused = await Json(wrong);
        refused.GetProperty("detail").GetString().ShouldBe("Incorrect username or password");
        refused.GetProperty("error").GetString().ShouldBe("Incorrect username or password");

        // Either name in either field.
        var login = await Post("/api/auth/login/", new { username = "ANA@example.org", password = "secret-1" });
        login.StatusCode.ShouldBe(HttpStatusCode.OK);
        var signedIn = await Json(login);
        signedIn.GetProperty("message").GetString().ShouldBe("Login was successful.");
        signedIn.GetProperty("token_type").GetString().ShouldBe("bearer");

        var token = signedIn.GetProperty("access_token").GetString()!;
        using var logout = new HttpRequestMessage(HttpMethod.Post, "/api/auth/logout/") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        (await _server.Client.SendAsync(logout, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await GetWithToken("/auth/me", token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "the session row is gone, and the token with it");
    }

    [Fact]
    public async Task Tokens_carry_the_agreed_claims_in_an_alphabet_that_old_pages_can_decode()
    {
        await Post("/api/auth/register", new { username = "a>na?~ž", email = "ana?~>@example.org", password = "secret-1" });
        var login = await Json(await Post("/api/auth/login", new { username = "a>na?~ž", password = "secret-1" }));

        var payload = login.GetProperty("access_token").GetString()!.Split('.')[1];
        payload.ShouldNotContain("-");
        payload.ShouldNotContain("_");
        var claims = JsonDocument.Parse(Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '='))).RootElement;
        claims.EnumerateObject().Select(claim => claim.Name).Order()
            .ShouldBe(["email", "exp", "iat", "jti", "role", "sub", "type", "uid", "user_id", "username"]);
        claims.GetProperty("sub").GetString().ShouldBe("ana?~>@example.org");
        claims.GetProperty("username").GetString().ShouldBe("a>na?~ž");
        claims.GetProperty("type").GetString().ShouldBe("access");
        (claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64()).ShouldBe(24 * 3600);
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private static async Task<JsonElement> Json(HttpResponseMessage answer) => JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement;

    private Task<HttpResponseMessage> Post(string path, object body) => _server.Client.PostAsJsonAsync(path, body, Cancel);

    private async Task<HttpResponseMessage> GetWithToken(string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        return await _server.Client.SendAsync(request, Cancel);
    }
}
