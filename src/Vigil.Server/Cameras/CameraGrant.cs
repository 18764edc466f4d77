namespace Vigil.Server.Cameras;

/// <summary>An access row: what one guest or outsider may do with one camera, and when.</summary>
public sealed record CameraGrant
{
    public long Id { get; init; }

    public long HouseholdId { get; init; }

    public int CameraId { get; init; }

    public long AccountId { get; init; }

    public CameraRights Rights { get; init; }

    public AccessRule Rule { get; init; } = new();

    public long? GrantedBy { get; init; }

    public DateTimeOffset GrantedAt { get; init; }

    /// <summary>False: as if there were no row.</summary>
    public bool IsActive { get; init; } = true;
}

/// <summary>How somebody stands to a camera at a moment.</summary>
/// <param name="Rights">What they may do now; null: nothing.</param>
/// <param name="Row">The row that says so, if one does.</param>
/// <param name="Moment">Of that row's window.</param>
public sealed record CameraStanding(CameraRights? Rights, CameraGrant? Row, AccessMoment Moment)
{
    public static CameraStanding Full { get; } = new(CameraRights.All, null, new AccessMoment(TimeRange.Always, null, null));

    /// <summary>A guest with a camera that every member sees.</summary>
    public static CameraStanding OfPublic { get; } = new(CameraRights.OfPublic, null, new AccessMoment(TimeRange.Always, null, null));
}
