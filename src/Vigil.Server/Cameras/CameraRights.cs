namespace Vigil.Server.Cameras;

/// <summary>What somebody wants of a camera.</summary>
public enum CameraNeed
{
    /// <summary>See and hear it, its events and clips.</summary>
    View,

    /// <summary>Pause it, start and stop monitoring, acknowledge its events.</summary>
    Control,

    /// <summary>Change or remove it, and grant it to others.</summary>
    Admin,

    /// <summary>Start and stop recordings.</summary>
    Record,

    /// <summary>Make and change schedules.</summary>
    Schedule,

    /// <summary>Take footage away as a file.</summary>
    Download,
}

/// <summary>The ladder of access: each step includes the ones before it.</summary>
public enum CameraLevel
{
    View,
    Control,
    Admin,
}

/// <summary>What somebody may do with a camera: a step of the ladder, and single rights beside it.</summary>
public readonly record struct CameraRights(CameraLevel Level, bool CanRecord, bool CanSchedule, bool CanDownload)
{
    /// <summary>Of owners and parents.</summary>
    public static CameraRights All => new(CameraLevel.Admin, CanRecord: true, CanSchedule: true, CanDownload: true);

    /// <summary>Of guests, with a camera that every member sees.</summary>
    public static CameraRights OfPublic => new(CameraLevel.View, CanRecord: false, CanSchedule: false, CanDownload: true);

    public bool Allows(CameraNeed need) => need switch
    {
        CameraNeed.View => true,
        CameraNeed.Control => Level >= CameraLevel.Control,
        CameraNeed.Admin => Level == CameraLevel.Admin,
        CameraNeed.Record => Level >= CameraLevel.Control || CanRecord,
        CameraNeed.Schedule => Level == CameraLevel.Admin || CanSchedule,
        CameraNeed.Download => CanDownload,
        _ => false,
    };

    /// <summary>Whether everything that <paramref name="other"/> allows is allowed here.</summary>
    public bool Include(CameraRights other)
    {
        var mine = this;
        return Enum.GetValues<CameraNeed>().All(need => mine.Allows(need) || !other.Allows(need));
    }

    public CameraRights With(CameraRights other) => new(
        Level > other.Level ? Level : other.Level, CanRecord || other.CanRecord, CanSchedule || other.CanSchedule, CanDownload || other.CanDownload);
}
