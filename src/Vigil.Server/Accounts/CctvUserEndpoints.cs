using System.Globalization;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>`/v0/api/users/profile` and `/v0/api/users/users`: accounts as the camera contract's pages list, make and change them.</summary>
internal static class CctvUserEndpoints
{
    private static readonly string[] Roles = ["superadmin", "admin", "dev", "visitor"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var profile = routes.MapCctvUsers("/users/profile").RequireAuthorization();
        profile.MapGet("", GetProfile).WithSummary("One's own account");
        profile.MapMethods("", ["PUT", "PATCH"], PutProfile).WithSummary("username, first_name, last_name, phone_number, bio");

        var users = routes.MapCctvUsers("/users/users").RequireAuthorization();
        users.MapGet("", List).WithSummary("Accounts of one's household, of the server for administrators; ten a page, ?page=, ?role=");
        users.MapPost("", Make).WithSummary("email, username, password, password_confirm, first_name, last_name, role, phone_number, bio; joins the maker's household");
        users.MapGet("/{id:guid}", Get).WithSummary("One account");
        users.MapMethods("/{id:guid}", ["PUT", "PATCH"], Put).WithSummary("username, first_name, last_name, phone_number, bio, is_active, role");
        users.MapDelete("/{id:guid}", Delete).WithSummary("Delete an account");
        users.MapMethods("/{id:guid}/activate", ["POST", "PUT"], Activate).WithSummary("Switch an account on or off (is_active; without it, the other way round)");
        users.MapMethods("/{id:guid}/change-role", ["POST", "PUT"], ChangeRole).WithSummary("role");
    }

    private static async Task<IResult> GetProfile(CurrentMember member, AccountDirectory accounts, CancellationToken cancel) =>
        await accounts.FindAsync(member.AccountId, cancel) is { } mine ? Results.Json(CctvPeople.Full(mine)) : CctvContract.NotFound();

    private static async Task<IResult> PutProfile(HttpContext context, CurrentMember member, AccountDirectory accounts, CancellationToken cancel) =>
        await accounts.FindAsync(member.AccountId, cancel) is { } mine
            ? await SaveAsync(await LooseBody.ReadJsonAsync(context.Request, cancel), mine, accounts, cancel)
            : CctvContract.NotFound();

    private static async Task<IResult> List(
        CurrentMember member, AccountDirectory accounts, HouseholdMembers households, CancellationToken cancel, int? page = null, string? role = null)
    {
        var all = await accounts.ListAsync(cancel);
        if (!member.IsAdministrator)
        {
            var seen = await SeenAsync(member, households, cancel);
            all = [.. all.Where(account => seen.Contains(account.Id))];
        }

        return Results.Json(CctvContract.Page(
            [.. all.Where(account => role is null || Words.Of(account.Role) == role).OrderByDescending(account => account.Id)], page, CctvPeople.Full));
    }

    /// <summary>
    /// The ladder says which role; the household says who may bring people in: its owner, as everywhere. A server's administrator who is a guest
    /// somewhere does not make parents there.
    /// </summary>
    private static async Task<IResult> Make(
        HttpContext context, CurrentMember member, AccountDirectory accounts, RateLimits limits, CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        var email = body.Email("email");
        var username = Blank(body.Optional("username", 150));
        var password = body.Required("password");
        var confirm = body.Required("password_confirm");
        var role = CctvPeople.RoleOf(body.Word("role", Roles)) ?? ServerRole.Visitor;
        var profile = Told(body, new Account());
        CctvPeople.CheckPassword(body, "password", password);
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        if (!CctvPeople.MayMake(member.Role, role))
        {
            return CctvContract.Forbidden($"You cannot make accounts with the role {Words.Of(role)}");
        }

        if (member.Place != Place.Owner)
        {
            return CctvContract.Forbidden("Only an owner of the household brings people into it");
        }

        if (password != confirm)
        {
            return CctvContract.BadRequest("Passwords don't match");
        }

        if (!limits.TryTake("member", member.AccountId.ToString(CultureInfo.InvariantCulture), 20, TimeSpan.FromHours(1)))
        {
            return CctvContract.TooMany();
        }

        var made = await accounts.CreateAsync(
            new NewAccount
            {
                Email = email,
                Username = username,
                Password = password,
                Name = Blank(profile.Name),
                Role = role,
                JoinHouseholdId = member.HouseholdId,
                Place = role == ServerRole.Visitor ? Place.Guest : Place.Parent,
            },
            cancel);
        if (made.Account is not { } account)
        {
            return CctvContract.BadRequest(made.Refusal == AccountRefusal.UsernameTaken ? "Username already exists" : "Email already exists");
        }

        await accounts.SetProfileAsync(profile with { Id = account.Id, Username = account.Username }, cancel);
        return Results.Json(CctvPeople.Full((await accounts.FindAsync(account.Id, cancel))!));
    }

    private static async Task<IResult> Get(Guid id, CurrentMember member, AccountDirectory accounts, HouseholdMembers households, CancellationToken cancel) =>
        await FindAsync(id, member, accounts, households, cancel) is { } found ? Results.Json(CctvPeople.Full(found.Account)) : NoSuchUser();

    private static async Task<IResult> Put(
        Guid id, HttpContext context, CurrentMember member, AccountDirectory accounts, HouseholdMembers households, LoginSessions sessions, CancellationToken cancel)
    {
        if (await FindAsync(id, member, accounts, households, cancel) is not { } found)
        {
            return NoSuchUser();
        }

        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        var active = body.Flag("is_active") ?? found.Account.IsActive;
        var role = CctvPeople.RoleOf(body.Word("role", Roles)) ?? found.Account.Role;
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        var isMine = found.Account.Id == member.AccountId;
        if (!isMine && !CctvPeople.MayChange(member, found.Account, found.IsOnlyOfMyHousehold))
        {
            return CctvContract.Forbidden("You cannot change this account");
        }

        if ((active, role) != (found.Account.IsActive, found.Account.Role)
            && await ChangeAsync(found.Account, role, active, member, accounts, sessions, cancel) is { } refusal)
        {
            return refusal;
        }

        return await SaveAsync(body, found.Account, accounts, cancel);
    }

    private static async Task<IResult> Delete(
        Guid id, CurrentMember member, AccountDirectory accounts, HouseholdMembers households, LoginSessions sessions, SessionLeases watch, CancellationToken cancel)
    {
        if (await FindAsync(id, member, accounts, households, cancel) is not { } found)
        {
            return NoSuchUser();
        }

        if (found.Account.Id == member.AccountId)
        {
            return CctvContract.BadRequest("Cannot delete your own account");
        }

        if (!CctvPeople.MayChange(member, found.Account, found.IsOfMyHousehold))
        {
            return CctvContract.Forbidden("You cannot delete this account");
        }

        if (!member.IsAdministrator)
        {
            // The owner of one household puts people out of it; their account, and their other households, are their own.
            await households.RemoveAsync(member.HouseholdId, found.Account.Id, cancel);
            await watch.CheckAsync(cancel);
            return Results.Json(CctvContract.Said("User removed from your household"));
        }

        if (!await accounts.RemoveAsync(found.Account.Id, cancel))
        {
            return CctvContract.Conflict("This account is the only owner of a household. Deactivate it instead, or make somebody else an owner first.");
        }

        await sessions.CloseAllAsync(found.Account.Id, null, "revoked", cancel);
        await watch.CheckAsync(cancel);
        return Results.Json(CctvContract.Said("User deleted successfully"));
    }

    private static async Task<IResult> Activate(
        Guid id, HttpContext context, CurrentMember member, AccountDirectory accounts, HouseholdMembers households, LoginSessions sessions, CancellationToken cancel)
    {
        if (await FindAsync(id, member, accounts, households, cancel) is not { } found)
        {
            return NoSuchUser();
        }

        var body = await LooseBody.ReadJsonAsync(context.Request, cancel, mayBeEmpty: true);
        var active = body.Flag("is_active") ?? !found.Account.IsActive;
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        if (await ChangeAsync(found.Account, found.Account.Role, active, member, accounts, sessions, cancel, found.IsOnlyOfMyHousehold) is { } refusal)
        {
            return refusal;
        }

        var answer = CctvContract.Said(active ? "User activated successfully" : "User deactivated successfully");
        answer["user_id"] = found.Account.Uid;
        answer["is_active"] = active;
        return Results.Json(answer);
    }

    private static async Task<IResult> ChangeRole(
        Guid id, HttpContext context, CurrentMember member, AccountDirectory accounts, HouseholdMembers households, LoginSessions sessions, CancellationToken cancel)
    {
        if (await FindAsync(id, member, accounts, households, cancel) is not { } found)
        {
            return NoSuchUser();
        }

        var body = await LooseBody.ReadJsonAsync(context.Request, cancel);
        var role = body.Word("role", Roles);
        if (role is null)
        {
            body.Required("role");
        }

        if (body.HasFaults || CctvPeople.RoleOf(role) is not { } wanted)
        {
            return body.Unprocessable();
        }

        if (await ChangeAsync(found.Account, wanted, found.Account.IsActive, member, accounts, sessions, cancel, found.IsOnlyOfMyHousehold) is { } refusal)
        {
            return refusal;
        }

        var answer = CctvContract.Said($"User role changed to {role}");
        answer["user_id"] = found.Account.Uid;
        answer["role"] = role;
        return Results.Json(answer);
    }

    private static async Task<IResult?> ChangeAsync(
        Account account, ServerRole role, bool active, CurrentMember member, AccountDirectory accounts, LoginSessions sessions, CancellationToken cancel,
        bool ofMyHousehold = true)
    {
        if (account.Id == member.AccountId)
        {
            return CctvContract.BadRequest("You cannot change your own role or deactivate your own account");
        }

        if (!CctvPeople.MayChange(member, account, ofMyHousehold) || !CctvPeople.MayMake(member.Role, role))
        {
            return CctvContract.Forbidden("You cannot change this account in that way");
        }

        await accounts.SetRoleAsync(account.Id, role, active, cancel);
        if (!active)
        {
            await sessions.CloseAllAsync(account.Id, null, "revoked", cancel);
        }

        return null;
    }

    private static async Task<IResult> SaveAsync(LooseBody body, Account account, AccountDirectory accounts, CancellationToken cancel)
    {
        var told = Told(body, account);
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        return await accounts.SetProfileAsync(told, cancel)
            ? Results.Json(CctvPeople.Full((await accounts.FindAsync(account.Id, cancel))!))
            : CctvContract.BadRequest("Username already exists");
    }

    /// <summary>The profile fields of a body; what is missing stays as it is.</summary>
    private static Account Told(LooseBody body, Account account)
    {
        var (first, last) = CctvPeople.Names(account);
        first = body.Optional("first_name", 150)?.Trim() ?? first;
        last = body.Optional("last_name", 150)?.Trim() ?? last;
        var name = $"{first} {last}".Trim();
        if (name.Length > 200)
        {
            body.Fault("last_name", "First and last name should have at most 200 characters together", "string_too_long");
        }

        var isNamed = body.Has("first_name") || body.Has("last_name");
        return account with
        {
            Username = Blank(body.Optional("username", 150)) ?? account.Username,
            Name = isNamed ? Blank(name) : account.Name,
            FirstName = isNamed ? first : account.FirstName,
            LastName = isNamed ? last : account.LastName,
            PhoneNumber = body.Has("phone_number") ? Blank(body.Optional("phone_number", 30)) : account.PhoneNumber,
            Bio = body.Has("bio") ? Blank(body.Optional("bio", 2000)) : account.Bio,
        };
    }

    private static async Task<Found?> FindAsync(
        Guid uid, CurrentMember member, AccountDirectory accounts, HouseholdMembers households, CancellationToken cancel)
    {
        if (await accounts.FindByUidAsync(uid, cancel) is not { } account)
        {
            return null;
        }

        var seen = await SeenAsync(member, households, cancel);
        var isOfMine = seen.Contains(account.Id);
        return member.IsAdministrator || isOfMine
            ? new Found(account, isOfMine, isOfMine && !await households.IsElsewhereAsync(member.HouseholdId, account.Id, cancel))
            : null;
    }

    /// <summary>Everybody of one's own household, switched off or not; a guest sees themselves.</summary>
    private static async Task<HashSet<long>> SeenAsync(CurrentMember member, HouseholdMembers households, CancellationToken cancel) =>
        member.Place == Place.Guest
            ? [member.AccountId]
            : [member.AccountId, .. await households.AccountsAsync(member.HouseholdId, cancel)];

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static IResult NoSuchUser() => CctvContract.NotFound("User not found");

    /// <summary>The account itself is changed only by the household that alone has it: it works everywhere.</summary>
    private sealed record Found(Account Account, bool IsOfMyHousehold, bool IsOnlyOfMyHousehold);
}
