using System.Text.Json.Nodes;

namespace Vigil.Server.Accounts;

/// <summary>`/v0/api/users/sessions` and `/v0/api/users/activities`: who is signed in, and when people signed in. Everybody sees their own, administrators all.</summary>
internal static class CctvSessionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var users = routes.MapCctvUsers("/users").RequireAuthorization();
        users.MapGet("/sessions", ListSessions).WithSummary("Login sessions, newest first; ?user_id= for administrators");
        users.MapPost("/sessions/revoke-all", RevokeAll).WithSummary("End all one's other sessions; with ?user_id= all of that account, for administrators");
        users.MapGet("/activities", ListActivities).WithSummary("Sign-ins, newest first; ?user_id= for administrators");
    }

    private static async Task<IResult> ListSessions(
        CurrentMember member, LoginSessions sessions, AccountDirectory accounts, CancellationToken cancel, Guid? user_id = null, int? page = null) =>
        await FindAsync(member, sessions, accounts, user_id, cancel) is { } found
            ? Results.Json(CctvContract.Page(found, page, session => new JsonObject
            {
                ["id"] = session.Uid,
                ["created_at"] = CctvContract.Instant(session.CreatedAt),
                ["expires_at"] = CctvContract.Instant(session.ExpiresAt),
                ["last_activity"] = CctvContract.Instant(session.LastSeenAt),
                ["is_active"] = true,
                ["is_current"] = session.Id == member.SessionId,
                ["ip_address"] = session.Address,
                ["user_agent"] = session.UserAgent,
            }))
            : CctvContract.Forbidden("Admin access required");

    private static async Task<IResult> ListActivities(
        CurrentMember member, LoginSessions sessions, AccountDirectory accounts, CancellationToken cancel, Guid? user_id = null, int? page = null)
    {
        if (await FindAsync(member, sessions, accounts, user_id, cancel) is not { } found)
        {
            return CctvContract.Forbidden("Admin access required");
        }

        var names = (await accounts.ListAsync(cancel)).ToDictionary(account => account.Id);
        return Results.Json(CctvContract.Page([.. found.OrderByDescending(session => session.CreatedAt)], page, session => new JsonObject
        {
            ["id"] = session.Uid,
            ["activity_type"] = "login",
            ["description"] = $"{names.GetValueOrDefault(session.AccountId)?.Username} signed in",
            ["ip_address"] = session.Address,
            ["user_agent"] = session.UserAgent,
            ["created_at"] = CctvContract.Instant(session.CreatedAt),
            ["metadata"] = new JsonObject { ["user_id"] = names.GetValueOrDefault(session.AccountId)?.Uid },
        }));
    }

    private static async Task<IResult> RevokeAll(
        CurrentMember member, LoginSessions sessions, AccountDirectory accounts, CancellationToken cancel, Guid? user_id = null)
    {
        if (user_id is not { } uid || uid == member.AccountUid)
        {
            // The one that asks goes on: the page that asked would be signed out by its own button.
            await sessions.CloseAllAsync(member.AccountId, member.SessionId, "revoked", cancel);
            return Results.Json(CctvContract.Said("All other sessions are revoked"));
        }

        if (!member.IsAdministrator)
        {
            return CctvContract.Forbidden("Admin access required");
        }

        if (await accounts.FindByUidAsync(uid, cancel) is not { } account)
        {
            return CctvContract.NotFound("User not found");
        }

        if (!AccountPolicy.MayChange(member.Role, account.Role, account.Role))
        {
            return CctvContract.Forbidden("You cannot manage this account");
        }

        await sessions.CloseAllAsync(account.Id, null, "revoked", cancel);
        return Results.Json(CctvContract.Said("All sessions of this account are revoked"));
    }

    /// <summary>Null: not for this member.</summary>
    private static async Task<IReadOnlyList<SessionSummary>?> FindAsync(
        CurrentMember member, LoginSessions sessions, AccountDirectory accounts, Guid? uid, CancellationToken cancel) => uid switch
        {
            null when member.IsAdministrator => await sessions.ListAllAsync(cancel),
            null => await sessions.ListAsync(member.AccountId, cancel),
            { } own when own == member.AccountUid => await sessions.ListAsync(member.AccountId, cancel),
            { } other when member.IsAdministrator => await accounts.FindByUidAsync(other, cancel) is { } account ? await sessions.ListAsync(account.Id, cancel) : [],
            _ => null,
        };
}
