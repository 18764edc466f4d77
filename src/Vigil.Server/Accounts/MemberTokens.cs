namespace Vigil.Server.Accounts;

/// <summary>Who is behind a token that did not come in the header: in a query, a body or the first message of a socket.</summary>
internal sealed class MemberTokens(AccessTokens tokens, LoginSessions sessions)
{
    /// <summary>Null when the token, or the household asked for, is none of theirs.</summary>
    public async Task<CurrentMember?> FindAsync(string token, string? household, CancellationToken cancel) =>
        tokens.Read(token) is { } content
        && await sessions.FindByUidAsync(content.SessionUid, cancel) is { } session && session.AccountId == content.AccountId
        && MemberAuthentication.ChooseHousehold(session, string.IsNullOrEmpty(household) ? null : household) is { } chosen
            ? MemberAuthentication.Describe(session, chosen)
            : null;
}

/// <summary>A route whose documented clients send the token as `?token=`. Queries are never logged here.</summary>
internal sealed class AcceptsTokenInQuery
{
    public static readonly AcceptsTokenInQuery Mark = new();
}
