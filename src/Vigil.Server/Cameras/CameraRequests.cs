using Vigil.Server.Devices;

namespace Vigil.Server.Cameras;

/// <summary>
/// What a member sets. For a new camera, name and address are needed and the rest has defaults; for a change, what is missing stays as
/// it is, and an empty text clears an optional field.
/// </summary>
public sealed record CameraRequest
{
    public string? Name { get; init; }

    public string? Location { get; init; }

    /// <summary>rtsp, rtsps, http, https or test. Credentials in it are taken out and sealed.</summary>
    public string? Address { get; init; }

    public string? SubAddress { get; init; }

    public string? AudioAddress { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>auto, native or ffmpeg.</summary>
    public string? Ingest { get; init; }

    /// <summary>Where the camera's ONVIF service is, for turning it; 0: where such services usually are.</summary>
    public int? OnvifPort { get; init; }

    public bool? Paused { get; init; }

    /// <summary>Vigil listens for noise.</summary>
    public bool? IsActive { get; init; }

    public int? YellowThreshold { get; init; }

    public int? RedThreshold { get; init; }

    public double? BroadcastSeconds { get; init; }

    public double? MinClipSeconds { get; init; }

    public double? MaxClipSeconds { get; init; }

    public double? QuietSeconds { get; init; }

    /// <summary>How readily crying raises an alarm: off, low, normal or high.</summary>
    public string? CrySensitivity { get; init; }

    public double? PreRollSeconds { get; init; }

    public double? PostRollSeconds { get; init; }

    public bool? RecordOnAlert { get; init; }

    /// <summary>Record everything, day and night.</summary>
    public bool? RecordAlways { get; init; }

    /// <summary>Every member of the household sees the camera, guests included. Owners and parents decide that.</summary>
    public bool? IsPublic { get; init; }
}

/// <summary>An address to try before it is saved.</summary>
public sealed record CameraTestRequest
{
    public string? Address { get; init; }

    public string? SubAddress { get; init; }

    public string? AudioAddress { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public string? Ingest { get; init; }

    /// <summary>Use what is stored of this camera for what is missing here, its password included.</summary>
    public int? CameraId { get; init; }
}

public sealed record PauseRequest
{
    public required bool Paused { get; init; }
}

/// <summary>Credentials for asking the cameras found which streams they have; without them, addresses are guessed from the make.</summary>
public sealed record DiscoverRequest
{
    public string? Username { get; init; }

    public string? Password { get; init; }
}

/// <summary>A camera as a member sees it. Never a password; its addresses only for those who may change them, and little while access is closed.</summary>
public sealed record CameraView
{
    public required int Id { get; init; }

    public required Guid Uid { get; init; }

    public required string Name { get; init; }

    public required string Location { get; init; }

    public required string Address { get; init; }

    public required string? SubAddress { get; init; }

    public required string? AudioAddress { get; init; }

    public required string? Username { get; init; }

    public required bool HasPassword { get; init; }

    /// <summary>auto, native or ffmpeg.</summary>
    public required string Ingest { get; init; }

    /// <summary>Where the camera's ONVIF service is; null: where such services usually are.</summary>
    public required int? OnvifPort { get; init; }

    public required bool Paused { get; init; }

    public required bool IsActive { get; init; }

    public required int YellowThreshold { get; init; }

    public required int RedThreshold { get; init; }

    public required double BroadcastSeconds { get; init; }

    public required double MinClipSeconds { get; init; }

    public required double MaxClipSeconds { get; init; }

    public required double QuietSeconds { get; init; }

    /// <summary>off, low, normal or high.</summary>
    public required string CrySensitivity { get; init; }

    public required double PreRollSeconds { get; init; }

    public required double PostRollSeconds { get; init; }

    public required bool RecordOnAlert { get; init; }

    /// <summary>Everything is recorded, day and night.</summary>
    public required bool RecordAlways { get; init; }

    public required CameraStatus Status { get; init; }

    /// <summary>A paired device: its picture goes straight to the viewer, so there is no recording, no listening and no alert.</summary>
    public required bool Peer { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The device in the camera's room; null for a camera that has none.</summary>
    public required RoomState? Room { get; init; }

    public required bool IsPublic { get; init; }

    /// <summary>The most this member may do: view, control or admin.</summary>
    public required CameraLevel Access { get; init; }

    public required bool CanRecord { get; init; }

    public required bool CanSchedule { get; init; }

    public required bool CanDownload { get; init; }

    /// <summary>When this member's access ends; null: when somebody revokes it.</summary>
    public required DateTimeOffset? AccessUntil { get; init; }

    /// <summary>Why this member sees nothing of the camera now; null: they do.</summary>
    public required AccessClosed? Closed { get; init; }

    public static CameraView Of(Camera camera, CameraStatus status, RoomState? room, CameraStanding standing, AccessClosed? closed = null)
    {
        var rights = standing.Rights ?? standing.Row?.Rights ?? CameraRights.OfPublic;
        var knows = closed is null && rights.Allows(CameraNeed.Admin);
        return new CameraView
        {
            Id = camera.Id,
            Uid = camera.Uid,
            Name = camera.Name,
            Location = camera.Location,
            Address = knows ? camera.Address : "",
            SubAddress = knows ? camera.SubAddress : null,
            AudioAddress = knows ? camera.AudioAddress : null,
            Username = knows ? camera.Username : null,
            HasPassword = camera.PasswordSealed is not null,
            Ingest = camera.Ingest,
            OnvifPort = knows ? camera.OnvifPort : null,
            Peer = camera.IsPeer,
            Paused = camera.Paused,
            IsActive = camera.IsActive,
            YellowThreshold = camera.YellowThreshold,
            RedThreshold = camera.RedThreshold,
            BroadcastSeconds = camera.BroadcastSeconds,
            MinClipSeconds = camera.MinClipSeconds,
            MaxClipSeconds = camera.MaxClipSeconds,
            QuietSeconds = camera.QuietSeconds,
            CrySensitivity = camera.CrySensitivity,
            PreRollSeconds = camera.PreRollSeconds,
            PostRollSeconds = camera.PostRollSeconds,
            RecordOnAlert = camera.RecordOnAlert,
            RecordAlways = camera.RecordAlways,
            Status = closed is null ? status : new CameraStatus { CameraId = camera.Id, State = CameraState.Offline, Detail = closed.Detail },
            CreatedAt = camera.CreatedAt,
            UpdatedAt = camera.UpdatedAt,
            Room = closed is null ? room : null,
            IsPublic = camera.IsPublic,
            Access = rights.Level,
            CanRecord = rights.Allows(CameraNeed.Record),
            CanSchedule = rights.Allows(CameraNeed.Schedule),
            CanDownload = rights.Allows(CameraNeed.Download),
            AccessUntil = standing.Moment.Open is { To: var to } && to < DateTimeOffset.MaxValue ? to : null,
            Closed = closed,
        };
    }
}

/// <summary>A guest's window is closed, or their days are over.</summary>
public sealed record AccessClosed
{
    /// <summary>In words, for example: Your access ended at 23:00.</summary>
    public required string Detail { get; init; }

    public required DateTimeOffset? OpensAt { get; init; }
}

/// <summary>What a test of an address found, in plain words.</summary>
public sealed record CameraTestView
{
    public required bool Success { get; init; }

    public required Vigil.Media.FeedFailure Failure { get; init; }

    public required string Detail { get; init; }

    public Vigil.Media.StreamFacts? Video { get; init; }

    public Vigil.Media.StreamFacts? Audio { get; init; }

    public string Ingest { get; init; } = "";

    public bool PlaysInBrowsers { get; init; }

    /// <summary>What to do about it; empty when nothing needs doing.</summary>
    public string Advice { get; init; } = "";
}
