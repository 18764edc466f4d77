using System.ComponentModel.DataAnnotations;

namespace Vigil.Server.Cameras;

/// <summary>Whom to show a camera, what they may do with it, and when.</summary>
public sealed record GrantRequest
{
    /// <summary>One of the people that the list offers.</summary>
    public long? AccountId { get; init; }

    /// <summary>Or anybody with an account here, by e-mail or username.</summary>
    [StringLength(320)]
    public string? Login { get; init; }

    [EnumDataType(typeof(CameraLevel))]
    public CameraLevel Level { get; init; } = CameraLevel.View;

    public bool CanRecord { get; init; }

    public bool CanSchedule { get; init; }

    public bool CanDownload { get; init; } = true;

    /// <summary>Of a daily window in the household's time zone; null: from midnight.</summary>
    public TimeOnly? WindowStart { get; init; }

    /// <summary>Null: until midnight. Before the start: of the next day.</summary>
    public TimeOnly? WindowEnd { get; init; }

    /// <summary>The first day on which a window begins; null: since ever.</summary>
    public DateOnly? FirstDay { get; init; }

    /// <summary>The last day on which a window begins; null: until revoked.</summary>
    public DateOnly? LastDay { get; init; }

    /// <summary>False keeps the row, which then gives nothing.</summary>
    public bool IsActive { get; init; } = true;
}

/// <summary>Who may see a camera besides the parents, and who else could be asked.</summary>
public sealed record CameraAccessView
{
    /// <summary>Every member of the household sees it, guests included.</summary>
    public required bool IsPublic { get; init; }

    public required IReadOnlyList<GrantView> Grants { get; init; }

    /// <summary>People to offer first: guests, and those who had access to a camera here before.</summary>
    public required IReadOnlyList<PersonView> People { get; init; }
}

public sealed record PersonView
{
    public required long AccountId { get; init; }

    public required string Name { get; init; }

    public required string Username { get; init; }
}

/// <summary>An access row, with the names of its people.</summary>
public sealed record GrantView
{
    public required long Id { get; init; }

    public required int CameraId { get; init; }

    public required PersonView Person { get; init; }

    public required CameraLevel Level { get; init; }

    public required bool CanRecord { get; init; }

    public required bool CanSchedule { get; init; }

    public required bool CanDownload { get; init; }

    public required TimeOnly? WindowStart { get; init; }

    public required TimeOnly? WindowEnd { get; init; }

    public required DateOnly? FirstDay { get; init; }

    public required DateOnly? LastDay { get; init; }

    public required string? GrantedBy { get; init; }

    public required DateTimeOffset GrantedAt { get; init; }

    public required bool IsActive { get; init; }

    /// <summary>They may look now.</summary>
    public required bool IsOpen { get; init; }

    /// <summary>It opens again, or is open; false: it is over.</summary>
    public required bool IsComing { get; init; }
}
