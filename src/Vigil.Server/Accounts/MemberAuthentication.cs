using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Vigil.Server.Accounts;

/// <summary>Recognises a member by the session cookie or a Bearer token; both lead to the same session row.</summary>
internal sealed class MemberAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, LoginSessions sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public new const string Scheme = "Vigil";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var session = await FindSessionAsync();
        if (session is null)
        {
            return AuthenticateResult.NoResult();
        }

        if (ChooseHousehold(session) is not { } household)
        {
            return AuthenticateResult.Fail("No such household.");
        }

        var member = new CurrentMember
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
            SessionId = session.Id,
            SessionUid = session.Uid,
            TimeZone = household.TimeZone,
        };
        Context.Features.Set(member);
        Context.Features.Set(session);
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, member.AccountId.ToString(CultureInfo.InvariantCulture))], MemberAuthentication.Scheme);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), MemberAuthentication.Scheme));
    }

    private async Task<SessionRow?> FindSessionAsync() =>
        SessionCookie.Read(Request) is { } secret ? await sessions.FindBySecretAsync(secret, Context.RequestAborted) : null;

    /// <summary>The household named by the request, or the account's first.</summary>
    private SessionHousehold? ChooseHousehold(SessionRow session)
    {
        var wanted = Request.Headers["X-Vigil-Household"].ToString();
        return wanted.Length == 0
            ? session.Households.Count > 0 ? session.Households[0] : null
            : session.Households.FirstOrDefault(household => household.HouseholdId.ToString(CultureInfo.InvariantCulture) == wanted);
    }
}
