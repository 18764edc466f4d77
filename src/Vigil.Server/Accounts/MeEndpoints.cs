using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>Signing in and out, the first visitor, and what a member sees of themselves. Our own spelling.</summary>
internal static class MeEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("/api/v1").AllowAnonymous().WithTags("Accounts");
        open.MapGet("/setup", GetSetup);
        open.MapPost("/setup", PostSetup).ProducesValidationProblem();
        open.MapPost("/session", PostSession).ProducesValidationProblem();
        open.MapPost("/register", PostRegister).ProducesValidationProblem();

        var mine = routes.MapGroup("/api/v1").RequireAuthorization().OpenToOutsiders().WithTags("Accounts");
        mine.MapDelete("/session", DeleteSession);
        mine.MapGet("/me", GetMe);
        mine.MapPost("/me/password", PostPassword).ProducesValidationProblem();
        mine.MapGet("/me/sessions", GetSessions);
        mine.MapDelete("/me/sessions/{id:long}", DeleteMySession);
    }

    private static async Task<SetupState> GetSetup(
        HttpContext context, AccountDirectory accounts, Registration registration, Microsoft.Extensions.Options.IOptions<HostingOptions> hosting, DatabaseState database,
        CancellationToken cancel)
    {
        if (!database.IsAvailable)
        {
            throw new DatabaseAwayException(); // Its first tables are there before the last: an owner made between them would meet the migration halfway.
        }

        var anyAccount = await accounts.AnyAsync(cancel);
        return new SetupState
        {
            NeedsOwner = !anyAccount,
            NeedsCode = !anyAccount && !ClientAddress.IsLoopback(context),
            RegistrationOpen = anyAccount && await registration.DecideForShowAsync(context, cancel) == RegistrationDecision.Allowed,
            Version = VigilVersion.Text,
            ServerName = hosting.Value.ServerName,
        };
    }

    private static async Task<Results<Created<Me>, ProblemHttpResult>> PostSetup(
        SetupRequest request, HttpContext context, AccountDirectory accounts, Registration registration, SignIn signIn, LoginSessions sessions,
        DatabaseState database, CancellationToken cancel)
    {
        if (!database.IsAvailable)
        {
            throw new DatabaseAwayException();
        }

        if (await accounts.AnyAsync(cancel))
        {
            return Problems.Conflict("This server has its owner already; please sign in.", "alreadySetUp");
        }

        return await RegisterAsync(
            context, registration, signIn, sessions, request.Code,
            new NewAccount
            {
                Email = request.Email.Trim(),
                Username = string.IsNullOrWhiteSpace(request.Username) ? null : request.Username.Trim(),
                Password = request.Password,
                Name = Blank(request.Name),
                HouseholdName = request.HouseholdName.Trim(),
                TimeZone = request.TimeZone,
                OnlyIfFirst = true,
            },
            cancel);
    }

    private static Task<Results<Created<Me>, ProblemHttpResult>> PostRegister(
        RegisterRequest request, HttpContext context, Registration registration, SignIn signIn, LoginSessions sessions, CancellationToken cancel) =>
        RegisterAsync(
            context, registration, signIn, sessions, request.Code,
            new NewAccount
            {
                Email = request.Email.Trim(),
                Password = request.Password,
                Name = Blank(request.Name),
                HouseholdName = request.HouseholdName.Trim(),
                TimeZone = request.TimeZone,
            },
            cancel);

    private static async Task<Results<Created<Me>, ProblemHttpResult>> RegisterAsync(
        HttpContext context, Registration registration, SignIn signIn, LoginSessions sessions, string? code, NewAccount wanted, CancellationToken cancel)
    {
        if (!TimeZones.IsKnown(wanted.TimeZone))
        {
            return Problems.BadRequest("That time zone is not known here; use a name like Europe/Zagreb.", "unknownTimeZone");
        }

        var decision = await registration.DecideAsync(context, code, cancel);
        if (decision != RegistrationDecision.Allowed)
        {
            var (status, problemCode) = Registration.Answer(decision);
            return Problems.Of(status, Registration.Explain(decision), problemCode);
        }

        var made = await registration.CreateAsync(wanted, cancel);
        switch (made.Refusal)
        {
            case AccountRefusal.EmailTaken:
                return Problems.Conflict("That e-mail address is already registered.", "emailTaken");
            case AccountRefusal.UsernameTaken:
                return Problems.Conflict("That username is already taken.", "usernameTaken");
            case AccountRefusal.NotFirst:
                return Problems.Conflict("This server has its owner already; please sign in.", "alreadySetUp");
        }

        var session = await signIn.OpenAsync(context, made.Account!, cancel);
        return TypedResults.Created("/api/v1/me", Me.From((await sessions.FindByUidAsync(session.Uid, cancel))!, null));
    }

    private static async Task<Results<Ok<Me>, ProblemHttpResult>> PostSession(
        SessionRequest request, HttpContext context, SignIn signIn, LoginSessions sessions, CancellationToken cancel)
    {
        var result = await signIn.TryAsync(context, request.Login, request.Password, cancel);
        if (result.IsTooMany)
        {
            return Problems.Of(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment.", "tooManyRequests");
        }

        return result.Session is { } session
            ? TypedResults.Ok(Me.From((await sessions.FindByUidAsync(session.Uid, cancel))!, null))
            : Problems.Of(StatusCodes.Status401Unauthorized, "The name or the password is not right.", "wrongPassword");
    }

    private static async Task<NoContent> DeleteSession(HttpContext context, CurrentMember member, LoginSessions sessions, CancellationToken cancel)
    {
        await sessions.CloseAsync(member.AccountId, member.SessionId, "signedOut", cancel);
        SessionCookie.Clear(context);
        return TypedResults.NoContent();
    }

    private static Me GetMe(HttpContext context, CurrentMember member) => Me.From(context.Features.Get<SessionRow>()!, member);

    private static async Task<Results<NoContent, ProblemHttpResult>> PostPassword(
        PasswordRequest request, HttpContext context, CurrentMember member, AccountDirectory accounts, SignIn signIn, LoginSessions sessions, CancellationToken cancel)
    {
        var check = await signIn.CheckAsync(context, member.Email ?? member.Username, request.OldPassword, cancel);
        if (check.IsTooMany)
        {
            return Problems.Of(StatusCodes.Status429TooManyRequests, "Too many attempts; please wait a moment.", "tooManyRequests");
        }

        if (check.Account is null)
        {
            return Problems.BadRequest("The old password is not right.", "wrongPassword");
        }

        await accounts.SetPasswordAsync(member.AccountId, request.NewPassword, cancel);
        await sessions.CloseAllAsync(member.AccountId, member.SessionId, "passwordChanged", cancel);
        return TypedResults.NoContent();
    }

    private static async Task<IReadOnlyList<MySession>> GetSessions(CurrentMember member, LoginSessions sessions, CancellationToken cancel) =>
        [.. (await sessions.ListAsync(member.AccountId, cancel)).Select(session => MySession.From(session, member.SessionId))];

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteMySession(long id, CurrentMember member, LoginSessions sessions, CancellationToken cancel) =>
        await sessions.CloseAsync(member.AccountId, id, "revoked", cancel) ? TypedResults.NoContent() : Problems.NotFound();

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
