using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>`/auth/…` as the baby health API documents it. Thin: the same accounts, the same sign-in, its own spelling.</summary>
internal static class HealthSignInEndpoints
{
    private const string Wrong = "Incorrect email or password";
    private static readonly DateTimeOffset Never = DateTimeOffset.UnixEpoch;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("/auth").AllowAnonymous().WithErrorShape(ErrorShape.Detail).WithTags("Contract: baby health");
        open.MapPost("/register", Register);
        open.MapPost("/token", Token).DisableAntiforgery();
        open.MapPost("/login", Login);
        // The other documented system has its pages at these addresses.
        open.MapGet("/login", () => Results.Redirect("/app/sign-in")).ExcludeFromDescription();
        open.MapGet("/register", () => Results.Redirect("/app/register")).ExcludeFromDescription();
        open.MapGet("/test", () => new { message = "Auth router is working!" });
        routes.MapGet("/auth/me", GetMe).RequireAuthorization().OpenToOutsiders().WithErrorShape(ErrorShape.Detail).WithTags("Contract: baby health");
    }

    private static async Task<IResult> Register(HttpContext context, Registration registration, SignIn signIn, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        var email = body.Email("email");
        var password = body.Required("password");
        var name = body.Optional("name", 200);
        CheckPassword(body, password);
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        var decision = await registration.DecideAsync(context, body.Optional("code"), cancel);
        if (decision != RegistrationDecision.Allowed)
        {
            return Detail(Registration.Answer(decision).Status, Registration.Explain(decision));
        }

        var made = await registration.CreateAsync(new NewAccount { Email = email, Password = password, Name = Blank(name) }, cancel);
        if (made.Account is not { } account)
        {
            return Detail(StatusCodes.Status400BadRequest, "Email already registered");
        }

        await signIn.OpenAsync(context, account, cancel);
        return Results.Json(Describe(account.Id, account.Email, account.Name, account.CreatedAt), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> Token(
        HttpContext context, SignIn signIn, AccessTokens tokens, IOptions<AccountOptions> options, CancellationToken cancel)
    {
        var form = await LooseBody.ReadFormAsync(context.Request, cancel);
        var username = form.Required("username", 320);
        var password = form.Required("password");
        if (form.HasFaults)
        {
            return form.Unprocessable();
        }

        var result = await signIn.TryAsync(context, username, password, cancel);
        return result.Session is null
            ? Refuse(context, result)
            : Results.Json(new JsonObject { ["access_token"] = Issue(result, tokens, options), ["token_type"] = "bearer" });
    }

    private static async Task<IResult> Login(
        HttpContext context, SignIn signIn, AccessTokens tokens, IOptions<AccountOptions> options, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        // The other documented APIs name the account by username; either works in either field.
        var email = body.Optional("username", 320) is { Length: > 0 } username ? username : body.Required("email", 320);
        var password = body.Required("password");
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        var result = await signIn.TryAsync(context, email, password, cancel);
        if (result.Session is null)
        {
            return Refuse(context, result);
        }

        var account = result.Account!;
        return Results.Json(new JsonObject
        {
            ["access_token"] = Issue(result, tokens, options),
            ["token_type"] = "bearer",
            ["user"] = new JsonObject { ["id"] = account.Id, ["email"] = account.Email, ["name"] = account.Name },
        });
    }

    private static IResult GetMe(HttpContext context, CurrentMember member) => Results.Json(
        Describe(member.AccountId, member.Email, member.Name, context.Features.Get<SessionRow>()?.AccountCreatedAt ?? Never));

    /// <summary>Fault when a password is too short to be one. The documented examples must pass; our own pages ask for eight.</summary>
    internal static void CheckPassword(LooseBody body, string password)
    {
        if (password.Length < 6)
        {
            body.Fault("password", "String should have at least 6 characters", "string_too_short");
        }
    }

    private static string Issue(SignInResult result, AccessTokens tokens, IOptions<AccountOptions> options) =>
        tokens.Issue(result.Account!, result.Session!.Uid, TimeSpan.FromMinutes(options.Value.AccessTokenMinutes));

    private static JsonObject Describe(long id, string? email, string? name, DateTimeOffset createdAt) => new()
    {
        ["id"] = id,
        ["email"] = email,
        ["name"] = name,
        ["created_at"] = createdAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
    };

    private static IResult Refuse(HttpContext context, SignInResult result)
    {
        if (result.IsTooMany)
        {
            return Detail(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment.");
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Detail(StatusCodes.Status401Unauthorized, Wrong);
    }

    private static IResult Detail(int status, string detail) => Results.Json(new JsonObject { ["detail"] = detail }, statusCode: status);

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
