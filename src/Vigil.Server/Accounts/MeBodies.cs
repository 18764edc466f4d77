using System.ComponentModel.DataAnnotations;

namespace Vigil.Server.Accounts;

/// <summary>What a visitor finds: is there an owner yet, is the terminal's code needed, may one register.</summary>
public sealed record SetupState
{
    public required bool NeedsOwner { get; init; }
    public required bool NeedsCode { get; init; }
    public required bool RegistrationOpen { get; init; }
    public required string Version { get; init; }
    public required string ServerName { get; init; }
}

public sealed record SetupRequest
{
    [Required, EmailAddress, StringLength(320)]
    public required string Email { get; init; }

    [Required, StringLength(1024, MinimumLength = 8)]
    public required string Password { get; init; }

    [StringLength(200)]
    public string? Name { get; init; }

    [StringLength(150)]
    public string? Username { get; init; }

    [Required, StringLength(200)]
    public required string HouseholdName { get; init; }

    [Required, StringLength(64)]
    public required string TimeZone { get; init; }

    [StringLength(32)]
    public string? Code { get; init; }
}

public sealed record RegisterRequest
{
    [Required, EmailAddress, StringLength(320)]
    public required string Email { get; init; }

    [Required, StringLength(1024, MinimumLength = 8)]
    public required string Password { get; init; }

    [StringLength(200)]
    public string? Name { get; init; }

    [Required, StringLength(200)]
    public required string HouseholdName { get; init; }

    [Required, StringLength(64)]
    public required string TimeZone { get; init; }

    [StringLength(32)]
    public string? Code { get; init; }
}

public sealed record SessionRequest
{
    /// <summary>E-mail or username.</summary>
    [Required, StringLength(320)]
    public required string Login { get; init; }

    [Required, StringLength(1024)]
    public required string Password { get; init; }
}

public sealed record PasswordRequest
{
    [Required, StringLength(1024)]
    public required string OldPassword { get; init; }

    [Required, StringLength(1024, MinimumLength = 8)]
    public required string NewPassword { get; init; }
}

/// <summary>The signed-in person, the household they act in, the others they belong to, and this session.</summary>
public sealed record Me
{
    public required MyAccount Account { get; init; }
    public required MyHousehold Household { get; init; }
    public required IReadOnlyList<MyPlace> Households { get; init; }
    public required MyLogin Session { get; init; }

    public static Me From(SessionRow session, CurrentMember? member)
    {
        var current = session.Households.FirstOrDefault(household => household.HouseholdId == member?.HouseholdId) ?? session.Households[0];
        return new Me
        {
            Account = new MyAccount
            {
                Id = session.AccountId,
                Uid = session.AccountUid,
                Email = session.Email,
                Username = session.Username,
                Name = session.Name,
                Role = session.Role,
            },
            Household = new MyHousehold { Id = current.HouseholdId, Name = current.Name, TimeZone = current.TimeZone, Place = current.Place, IsOutsider = current.IsOutsider },
            Households = [.. session.Households.Select(household => new MyPlace { Id = household.HouseholdId, Name = household.Name, Place = household.Place, IsOutsider = household.IsOutsider })],
            Session = new MyLogin { Id = session.Id, ExpiresAt = session.ExpiresAt },
        };
    }
}

public sealed record MyAccount
{
    public required long Id { get; init; }
    public required Guid Uid { get; init; }
    public required string? Email { get; init; }
    public required string Username { get; init; }
    public required string? Name { get; init; }
    public required ServerRole Role { get; init; }
}

public sealed record MyHousehold
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required string TimeZone { get; init; }
    public required Place Place { get; init; }

    /// <summary>Not a member: only cameras that were granted.</summary>
    public required bool IsOutsider { get; init; }
}

public sealed record MyPlace
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required Place Place { get; init; }

    /// <summary>Not a member: only cameras that were granted.</summary>
    public required bool IsOutsider { get; init; }
}

public sealed record MyLogin
{
    public required long Id { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>One of my sign-ins: which browser, from where, when last used.</summary>
public sealed record MySession
{
    public required long Id { get; init; }
    public required string? UserAgent { get; init; }
    public required string? Address { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset LastSeenAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public required bool IsCurrent { get; init; }

    public static MySession From(SessionSummary session, long currentId) => new()
    {
        Id = session.Id,
        UserAgent = session.UserAgent,
        Address = session.Address,
        CreatedAt = session.CreatedAt,
        LastSeenAt = session.LastSeenAt,
        ExpiresAt = session.ExpiresAt,
        IsCurrent = session.Id == currentId,
    };
}
