using System.Text.Json.Nodes;

namespace Vigil.Server.Accounts;

/// <summary>Accounts as the camera contract shows them, and its ladder: who may make and change whom. Pure.</summary>
internal static class CctvPeople
{
    private const int ShortestPassword = 8;

    /// <summary>As the answer to a sign-in.</summary>
    public static JsonObject Brief(Account account)
    {
        var (first, last) = Names(account);
        return new JsonObject
        {
            ["id"] = account.Uid,
            ["email"] = account.Email,
            ["username"] = account.Username,
            ["first_name"] = first,
            ["last_name"] = last,
            ["role"] = Words.Of(account.Role),
            ["is_active"] = account.IsActive,
            ["is_verified"] = true, // E-mails are not verified here; the pages lock out whoever is not.
        };
    }

    public static JsonObject Full(Account account)
    {
        var full = Brief(account);
        full["phone_number"] = account.PhoneNumber;
        full["bio"] = account.Bio ?? "";
        full["created_at"] = CctvContract.Instant(account.CreatedAt);
        full["updated_at"] = CctvContract.Instant(account.UpdatedAt);
        full["last_login"] = CctvContract.Instant(account.LastLoginAt);
        return full;
    }

    /// <summary>First and last name as they were given, else the one name at its first space.</summary>
    public static (string First, string Last) Names(Account account)
    {
        if (account.FirstName is not null || account.LastName is not null)
        {
            return (account.FirstName ?? "", account.LastName ?? "");
        }

        var parts = (account.Name ?? "").Split(' ', 2);
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }

    /// <summary>superadmin: anybody. admin: dev and visitor. dev: visitor.</summary>
    public static bool MayMake(ServerRole mine, ServerRole wanted) => mine switch
    {
        ServerRole.Superadmin => true,
        ServerRole.Admin => wanted < ServerRole.Admin,
        ServerRole.Dev => wanted == ServerRole.Visitor,
        _ => false,
    };

    /// <summary>
    /// Administrators change the accounts below them; the owner of a household the visitors that it alone has. Others of the same household are seen, not changed.
    /// </summary>
    public static bool MayChange(CurrentMember me, Account other, bool ofMyHousehold) => me.Role switch
    {
        ServerRole.Superadmin => true,
        ServerRole.Admin => other.Role < ServerRole.Admin,
        ServerRole.Dev => other.Role == ServerRole.Visitor && ofMyHousehold && me.Place == Place.Owner,
        _ => false,
    };

    public static ServerRole? RoleOf(string? word) => word is null ? null : Enum.Parse<ServerRole>(word, ignoreCase: true);

    public static void CheckPassword(LooseBody body, string field, string password)
    {
        if (password.Length < ShortestPassword)
        {
            body.Fault(field, $"String should have at least {ShortestPassword} characters", "string_too_short");
        }
    }
}
