using System.Text.Json.Nodes;

namespace Vigil.Server.Accounts;

/// <summary>`/v0/api/users/auth/…` and `/v0/api/token/…`: signing in as the camera contract's pages do it. Both tokens point to one session row.</summary>
internal static class CctvSignInEndpoints
{
    private static readonly TimeSpan AccessLifetime = TimeSpan.FromDays(1);
    private static readonly TimeSpan RefreshLifetime = TimeSpan.FromDays(30);
    private const string Refresh = "refresh";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var auth = routes.MapCctvUsers("/users/auth");
        auth.MapPost("/login", Login).AllowAnonymous().WithSummary("Sign in: email, password");
        auth.MapPost("/refresh", RefreshByUsers).AllowAnonymous().WithSummary("A new access token: refresh_token");
        auth.MapPost("/logout", Logout).RequireAuthorization().WithSummary("End this session and its tokens");
        auth.MapPost("/change-password", ChangePassword).RequireAuthorization()
            .WithSummary("old_password, new_password, new_password_confirm (may be missing); ends the other sessions");
        auth.MapPost("/request-password-reset", RequestReset).AllowAnonymous().WithSummary("Always the same answer, whether the e-mail is known or not");
        auth.MapPost("/verify-password-reset", VerifyReset).AllowAnonymous().WithSummary("email, otp, new_password, new_password_confirm");

        var token = routes.MapCctvUsers("/token");
        token.MapPost("", Obtain).AllowAnonymous().WithSummary("Sign in: email, password; answers access and refresh");
        token.MapPost("/refresh", RefreshByToken).AllowAnonymous().WithSummary("A new access token: refresh");
    }

    private static async Task<IResult> Login(HttpContext context, SignIn signIn, AccessTokens tokens, CancellationToken cancel) =>
        await SignInAsync(context, signIn, cancel) switch
        {
            { Refusal: { } refusal } => refusal,
            { Result: { Account: { } account, Session: { } session } } => Results.Json(new JsonObject
            {
                ["access_token"] = tokens.Issue(account, session.Uid, AccessLifetime),
                ["refresh_token"] = tokens.Issue(account, session.Uid, RefreshLifetime, Refresh),
                ["token_type"] = "Bearer",
                ["expires_in"] = (int)AccessLifetime.TotalSeconds,
                ["user"] = CctvPeople.Brief(account),
                ["message"] = "Login successful",
            }),
            _ => CctvContract.BadRequest("Invalid credentials"),
        };

    private static async Task<IResult> Obtain(HttpContext context, SignIn signIn, AccessTokens tokens, CancellationToken cancel) =>
        await SignInAsync(context, signIn, cancel) switch
        {
            { Refusal: { } refusal } => refusal,
            { Result: { Account: { } account, Session: { } session } } => Results.Json(new JsonObject
            {
                ["access"] = tokens.Issue(account, session.Uid, AccessLifetime),
                ["refresh"] = tokens.Issue(account, session.Uid, RefreshLifetime, Refresh),
            }),
            _ => CctvContract.Fail(StatusCodes.Status401Unauthorized, "No active account found with the given credentials"),
        };

    private static async Task<Entrance> SignInAsync(HttpContext context, SignIn signIn, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        // The other documented APIs name the account by username; either works in either field.
        var login = body.Optional("username", 320) is { Length: > 0 } username && !body.Has("email") ? username : body.Required("email", 320);
        var password = body.Required("password");
        if (body.HasFaults)
        {
            return new Entrance { Refusal = body.Unprocessable() };
        }

        var result = await signIn.TryAsync(context, login, password, cancel);
        return new Entrance
        {
            Result = result,
            Refusal = result.IsTooMany ? CctvContract.TooMany() : result.IsDisabled ? CctvContract.BadRequest("User account is disabled") : null,
        };
    }

    private static async Task<IResult> RefreshByUsers(
        HttpContext context, AccessTokens tokens, LoginSessions sessions, AccountDirectory accounts, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        var refresh = body.Required("refresh_token", CompactJws.MaxLength);
        return body.HasFaults ? body.Unprocessable()
            : await RenewAsync(refresh, tokens, sessions, accounts, cancel) is not { } access ? Expired()
            : Results.Json(new JsonObject
            {
                ["access_token"] = access,
                ["refresh_token"] = refresh,
                ["token_type"] = "Bearer",
                ["expires_in"] = (int)AccessLifetime.TotalSeconds,
                ["message"] = "Token refreshed successfully",
            });
    }

    private static async Task<IResult> RefreshByToken(
        HttpContext context, AccessTokens tokens, LoginSessions sessions, AccountDirectory accounts, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        var refresh = body.Has("refresh_token") && !body.Has("refresh")
            ? body.Required("refresh_token", CompactJws.MaxLength)
            : body.Required("refresh", CompactJws.MaxLength);
        return body.HasFaults ? body.Unprocessable()
            : await RenewAsync(refresh, tokens, sessions, accounts, cancel) is not { } access ? Expired()
            // The page that asks here reads the long names; others read the short ones.
            : Results.Json(new JsonObject { ["access"] = access, ["refresh"] = refresh, ["access_token"] = access, ["refresh_token"] = refresh });
    }

    private static async Task<string?> RenewAsync(
        string refresh, AccessTokens tokens, LoginSessions sessions, AccountDirectory accounts, CancellationToken cancel) =>
        tokens.Read(refresh, Refresh) is { } content
            && await sessions.FindByUidAsync(content.SessionUid, cancel) is { } session && session.AccountId == content.AccountId
            && await accounts.FindAsync(content.AccountId, cancel) is { IsActive: true } account
                ? tokens.Issue(account, session.Uid, AccessLifetime)
                : null;

    private static async Task<IResult> Logout(HttpContext context, CurrentMember member, LoginSessions sessions, CancellationToken cancel)
    {
        await sessions.CloseAsync(member.AccountId, member.SessionId, "signedOut", cancel);
        SessionCookie.Clear(context);
        return Results.Json(CctvContract.Said("Logout successful"));
    }

    private static async Task<IResult> ChangePassword(
        HttpContext context, CurrentMember member, AccountDirectory accounts, SignIn signIn, LoginSessions sessions, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        var old = body.Required("old_password");
        var fresh = body.Required("new_password");
        var confirm = body.Optional("new_password_confirm");
        CctvPeople.CheckPassword(body, "new_password", fresh);
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        if (confirm is not null && confirm != fresh)
        {
            return CctvContract.BadRequest("New passwords don't match");
        }

        var check = await signIn.CheckAsync(context, member.Email ?? member.Username, old, cancel);
        if (check.Account is null)
        {
            return check.IsTooMany ? CctvContract.TooMany() : CctvContract.BadRequest("Invalid old password");
        }

        await accounts.SetPasswordAsync(member.AccountId, fresh, cancel);
        await sessions.CloseAllAsync(member.AccountId, member.SessionId, "passwordChanged", cancel);
        return Results.Json(CctvContract.Said("Password changed successfully"));
    }

    /// <summary>There is no mailer. The answer is the same for everybody, so that it tells nobody who has an account.</summary>
    private static async Task<IResult> RequestReset(HttpContext context, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        body.Email("email");
        return body.HasFaults
            ? body.Unprocessable()
            : Results.Json(CctvContract.Said("If this e-mail has an account here, whoever runs this server can help to set a new password."));
    }

    private static async Task<IResult> VerifyReset(HttpContext context, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        body.Email("email");
        body.Required("otp", 64);
        var fresh = body.Required("new_password");
        var confirm = body.Required("new_password_confirm");
        return body.HasFaults ? body.Unprocessable()
            : fresh != confirm ? CctvContract.BadRequest("New passwords don't match")
            : CctvContract.BadRequest("Invalid or expired OTP"); // None was ever sent.
    }

    private static IResult Expired() => CctvContract.Fail(StatusCodes.Status401Unauthorized, "Invalid or expired refresh token");

    private sealed record Entrance
    {
        public SignInResult? Result { get; init; }

        public IResult? Refusal { get; init; }
    }
}
