using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>Recognises a member by the session cookie or a Bearer token; both lead to the same session row.</summary>
internal sealed class MemberAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, LoginSessions sessions,
    AccessTokens tokens, MediaSignature signatures)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public new const string Scheme = "Vigil";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        SessionRow? session;
        string? wanted;
        try
        {
            (session, wanted) = await FindSessionAsync();
        }
        catch (DatabaseAwayException) when (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            // Strangers are welcome here, and nobody can say just now who this is.
            return AuthenticateResult.NoResult();
        }

        if (session is null)
        {
            return AuthenticateResult.NoResult();
        }

        if (ChooseHousehold(session, wanted) is not { } household)
        {
            if (wanted is not null)
            {
                Context.Features.Set(ForeignHousehold.Mark);
            }

            return AuthenticateResult.Fail("No such household.");
        }

        var member = Describe(session, household);
        Context.Features.Set(member);
        Context.Features.Set(session);
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, member.AccountId.ToString(CultureInfo.InvariantCulture))], MemberAuthentication.Scheme);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), MemberAuthentication.Scheme));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Challenge(Context);
        return Task.CompletedTask;
    }

    /// <summary>The answer to who is not let in, whichever of a route's schemes gives it.</summary>
    public static void Challenge(HttpContext http)
    {
        if (http.Features.Get<ForeignHousehold>() is not null)
        {
            // The same as for one that does not exist.
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        http.Response.Headers.WWWAuthenticate = "Bearer";
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private async Task<(SessionRow? Session, string? Household)> FindSessionAsync()
    {
        // Sockets, pictures and players of a browser cannot send headers.
        var household = Request.Headers["X-Vigil-Household"].ToString() is { Length: > 0 } named ? named
            : Request.Query["household"].ToString() is { Length: > 0 } asked ? asked
            : null;
        if (BearerToken() is { } token)
        {
            return tokens.Read(token) is { } content
                && await sessions.FindByUidAsync(content.SessionUid, Context.RequestAborted) is { } session && session.AccountId == content.AccountId
                    ? (session, household)
                    : (null, null);
        }

        if (Context.GetEndpoint()?.Metadata.GetMetadata<AcceptsMediaSignature>() is { } scoped
            && RequestRules.IsSafe(Request.Method)
            && Request.Query[MediaSignature.Parameter].ToString() is { Length: > 0 } signature)
        {
            return signatures.TryRead(signature, scoped.ScopeFor(Context), out var sessionUid, out var householdId)
                ? (await sessions.FindByUidAsync(sessionUid, Context.RequestAborted), householdId.ToString(CultureInfo.InvariantCulture))
                : (null, null);
        }

        if (SessionCookie.Read(Request) is not { } secret)
        {
            return (null, null);
        }

        Context.Features.Set(SignedInByCookie.Mark);
        return (await sessions.FindBySecretAsync(secret, Context.RequestAborted), household);
    }

    private string? BearerToken()
    {
        const string Prefix = "Bearer ";
        var header = Request.Headers.Authorization.ToString();
        return header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim()
            : Context.GetEndpoint()?.Metadata.GetMetadata<AcceptsTokenInQuery>() is not null && Request.Query["token"].ToString() is { Length: > 0 } asked ? asked
            : null;
    }

    internal static CurrentMember Describe(SessionRow session, SessionHousehold household) => new()
    {
        AccountId = session.AccountId,
        AccountUid = session.AccountUid,
        Email = session.Email,
        Username = session.Username,
        Name = session.Name,
        Role = session.Role,
        HouseholdId = household.HouseholdId,
        HouseholdName = household.Name,
        Place = household.Place,
        IsOutsider = household.IsOutsider,
        SessionId = session.Id,
        SessionUid = session.Uid,
        TimeZone = household.TimeZone,
    };

    /// <summary>The household named by the request, or the account's first.</summary>
    internal static SessionHousehold? ChooseHousehold(SessionRow session, string? wanted) => wanted is null
        ? session.Households.Count > 0 ? session.Households[0] : null
        : session.Households.FirstOrDefault(household => household.HouseholdId.ToString(CultureInfo.InvariantCulture) == wanted);
}

/// <summary>Signed in, but the request names a household in which this account has no part.</summary>
internal sealed class ForeignHousehold
{
    public static readonly ForeignHousehold Mark = new();
}
