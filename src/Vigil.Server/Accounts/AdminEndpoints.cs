using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>The administration page: accounts, registration, sessions, storage totals. Nothing here shows a household's cameras or events.</summary>
internal static class AdminEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/admin").RequireServerRole(ServerRole.Admin).WithTags("Administration");
        group.MapGet("/accounts", GetAccounts);
        group.MapPatch("/accounts/{id:long}", PatchAccount).ProducesValidationProblem();
        group.MapGet("/settings", (ServerSettings settings, CancellationToken cancel) => settings.ReadAsync(cancel));
        group.MapPut("/settings", PutSettings).ProducesValidationProblem();
        group.MapGet("/sessions", GetSessions);
        group.MapDelete("/sessions/{id:long}", DeleteSession);
        group.MapGet("/storage", (StorageTotals storage, CancellationToken cancel) => storage.ReadAsync(cancel));
    }

    private static async Task<IReadOnlyList<AccountBody>> GetAccounts(AccountDirectory accounts, CancellationToken cancel) =>
        [.. (await accounts.ListAsync(cancel)).Select(AccountBody.From)];

    private static async Task<Results<Ok<AccountBody>, ProblemHttpResult>> PatchAccount(
        long id, AccountPatch request, CurrentMember member, AccountDirectory accounts, LoginSessions sessions, CancellationToken cancel)
    {
        if (await accounts.FindAsync(id, cancel) is not { } account)
        {
            return Problems.NotFound();
        }

        var role = request.Role ?? account.Role;
        var isActive = request.IsActive ?? account.IsActive;
        if (!AccountPolicy.MayChange(member.Role, account.Role, role))
        {
            return Problems.Forbidden("Only a superadmin changes administrators, or makes somebody one.");
        }

        if (account.Id == member.AccountId && (role != account.Role || !isActive))
        {
            return Problems.Conflict("You cannot change your own role or switch yourself off; another administrator can.", "ownAccount");
        }

        await accounts.SetRoleAsync(id, role, isActive, cancel);
        if (!isActive)
        {
            await sessions.CloseAllAsync(id, null, "revoked", cancel);
        }

        return TypedResults.Ok(AccountBody.From(account with { Role = role, IsActive = isActive }));
    }

    private static async Task<Results<Ok<ServerSettingValues>, ProblemHttpResult>> PutSettings(
        ServerSettingValues request, CurrentMember member, ServerSettings settings, CancellationToken cancel)
    {
        if (request.DefaultRole >= ServerRole.Admin && member.Role != ServerRole.Superadmin)
        {
            return Problems.Forbidden("Only a superadmin lets people register as administrators.");
        }

        await settings.WriteAsync(request, cancel);
        return TypedResults.Ok(request);
    }

    private static async Task<IReadOnlyList<AdminSession>> GetSessions(LoginSessions sessions, AccountDirectory accounts, CurrentMember member, CancellationToken cancel)
    {
        var names = (await accounts.ListAsync(cancel)).ToDictionary(account => account.Id);
        return
        [
            .. (await sessions.ListAllAsync(cancel)).Select(session => new AdminSession
            {
                Id = session.Id,
                AccountId = session.AccountId,
                Username = names.GetValueOrDefault(session.AccountId)?.Username ?? "",
                UserAgent = session.UserAgent,
                Address = session.Address,
                CreatedAt = session.CreatedAt,
                LastSeenAt = session.LastSeenAt,
                ExpiresAt = session.ExpiresAt,
                IsCurrent = session.Id == member.SessionId,
            }),
        ];
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteSession(
        long id, CurrentMember member, LoginSessions sessions, AccountDirectory accounts, CancellationToken cancel)
    {
        if ((await sessions.ListAllAsync(cancel)).FirstOrDefault(session => session.Id == id) is not { } found)
        {
            return Problems.NotFound();
        }

        var account = await accounts.FindAsync(found.AccountId, cancel);
        if (account is not null && account.Id != member.AccountId && !AccountPolicy.MayChange(member.Role, account.Role, account.Role))
        {
            return Problems.Forbidden("Only a superadmin signs administrators out.");
        }

        await sessions.CloseAsync(found.AccountId, id, "revoked", cancel);
        return TypedResults.NoContent();
    }
}

/// <summary>Who may change whom. Superadmins everybody; administrators those below them.</summary>
internal static class AccountPolicy
{
    public static bool MayChange(ServerRole mine, ServerRole theirs, ServerRole wanted) =>
        mine == ServerRole.Superadmin || (mine == ServerRole.Admin && theirs < ServerRole.Admin && wanted < ServerRole.Admin);
}

public sealed record AccountBody
{
    public required long Id { get; init; }
    public required Guid Uid { get; init; }
    public required string? Email { get; init; }
    public required string Username { get; init; }
    public required string? Name { get; init; }
    public required ServerRole Role { get; init; }
    public required bool IsActive { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset? LastLoginAt { get; init; }

    public static AccountBody From(Account account) => new()
    {
        Id = account.Id,
        Uid = account.Uid,
        Email = account.Email,
        Username = account.Username,
        Name = account.Name,
        Role = account.Role,
        IsActive = account.IsActive,
        CreatedAt = account.CreatedAt,
        LastLoginAt = account.LastLoginAt,
    };
}

public sealed record AccountPatch
{
    [EnumDataType(typeof(ServerRole))]
    public ServerRole? Role { get; init; }

    public bool? IsActive { get; init; }
}

public sealed record AdminSession
{
    public required long Id { get; init; }
    public required long AccountId { get; init; }
    public required string Username { get; init; }
    public required string? UserAgent { get; init; }
    public required string? Address { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset LastSeenAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public required bool IsCurrent { get; init; }
}
