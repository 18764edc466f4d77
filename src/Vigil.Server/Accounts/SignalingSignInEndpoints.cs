using System.Text.Json.Nodes;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>
/// `/api/auth/…`, which two documented APIs share: one answers with a token, the other with a message and a cookie. The answer here is both at once.
/// </summary>
internal static class SignalingSignInEndpoints
{
    private const string Wrong = "Incorrect username or password";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("/api/auth").AllowAnonymous().WithErrorShape(ErrorShape.DetailAndError).WithTags("Contract: signalling");
        open.MapPost("/register", Register);
        open.MapPost("/login", Login);
        routes.MapPost("/api/auth/logout", Logout).RequireAuthorization().OpenToOutsiders().WithErrorShape(ErrorShape.DetailAndError).WithTags("Contract: signalling");
    }

    private static async Task<IResult> Register(
        HttpContext context, Registration registration, SignIn signIn, AccessTokens tokens, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        var username = body.Required("username", 150).Trim();
        var confirm = body.Optional("confirmPassword");
        // The page that confirms the password may leave the e-mail empty; the other API requires it.
        var email = confirm is null ? body.Email("email") : body.OptionalEmail("email");
        var password = body.Required("password");
        if (username.Length == 0)
        {
            body.Fault("username", "String should have at least 1 character", "string_too_short");
        }

        HealthSignInEndpoints.CheckPassword(body, password);
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        if (confirm is not null && confirm != password)
        {
            return Results.Json(
                new JsonObject { ["password"] = "Passwords must match.", ["detail"] = "Passwords must match." }, statusCode: StatusCodes.Status400BadRequest);
        }

        var decision = await registration.DecideAsync(context, body.Optional("code"), cancel);
        if (decision != RegistrationDecision.Allowed)
        {
            return Fail(Registration.Answer(decision).Status, Registration.Explain(decision));
        }

        var made = await registration.CreateAsync(new NewAccount { Username = username, Email = email, Password = password }, cancel);
        if (made.Account is not { } account)
        {
            return made.Refusal == AccountRefusal.UsernameTaken
                ? Taken("username", "Username already exists", "A user with that username already exists.")
                : Taken("email", "Email already exists", "A user with that email already exists.");
        }

        var session = await signIn.OpenAsync(context, account, cancel);
        var answer = Describe(account, tokens.Issue(account, session.Uid, AccessTokens.SignalingLifetime));
        answer["username"] = account.Username;
        answer["email"] = account.Email;
        return Results.Json(answer, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> Login(HttpContext context, SignIn signIn, AccessTokens tokens, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        var login = body.Optional("email", 320) is { Length: > 0 } email ? email : body.Required("username", 320);
        var password = body.Required("password");
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        var result = await signIn.TryAsync(context, login, password, cancel);
        if (result.IsTooMany)
        {
            return Fail(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment.");
        }

        if (result.Session is not { } session)
        {
            return Fail(StatusCodes.Status401Unauthorized, Wrong);
        }

        var answer = Describe(result.Account!, tokens.Issue(result.Account!, session.Uid, AccessTokens.SignalingLifetime));
        answer["message"] = "Login was successful.";
        return Results.Json(answer);
    }

    private static async Task<IResult> Logout(HttpContext context, CurrentMember member, LoginSessions sessions, CancellationToken cancel)
    {
        await sessions.CloseAsync(member.AccountId, member.SessionId, "signedOut", cancel);
        SessionCookie.Clear(context);
        return Results.NoContent();
    }

    private static JsonObject Describe(Account account, string token) => new()
    {
        ["access_token"] = token,
        ["token_type"] = "bearer",
        ["user"] = new JsonObject { ["id"] = account.Id, ["username"] = account.Username, ["email"] = account.Email },
    };

    private static IResult Fail(int status, string text) => Results.Json(new JsonObject { ["detail"] = text, ["error"] = text }, statusCode: status);

    private static IResult Taken(string field, string detail, string forPage) => Results.Json(
        new JsonObject { ["detail"] = detail, [field] = new JsonArray(forPage) }, statusCode: StatusCodes.Status400BadRequest);
}
