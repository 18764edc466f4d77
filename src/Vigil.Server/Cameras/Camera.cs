using System.Globalization;
using Vigil.Media;

namespace Vigil.Server.Cameras;

/// <summary>One row of the registry. Addresses hold no credentials; those are sealed (see <see cref="CameraSecrets"/>).</summary>
public sealed record Camera
{
    public int Id { get; init; }

    public Guid Uid { get; init; }

    public long HouseholdId { get; init; }

    public required string Name { get; init; }

    public string Location { get; init; } = "";

    public required string Address { get; init; }

    public string? SubAddress { get; init; }

    public string? AudioAddress { get; init; }

    public string? Username { get; init; }

    public string? PasswordSealed { get; init; }

    /// <summary>What the places in the addresses stand for.</summary>
    public string? HiddenSealed { get; init; }

    public string Ingest { get; init; } = "auto";

    /// <summary>Where its ONVIF service is, for turning it. Null: where such services usually are.</summary>
    public int? OnvifPort { get; init; }

    public int YellowThreshold { get; init; } = 1000;

    public int RedThreshold { get; init; } = 5000;

    public double BroadcastSeconds { get; init; } = 0.5;

    public double MinClipSeconds { get; init; } = 1;

    public double MaxClipSeconds { get; init; } = 5;

    public double QuietSeconds { get; init; } = 3;

    /// <summary>How readily crying raises an alarm.</summary>
    public string CrySensitivity { get; init; } = "normal";

    public double PreRollSeconds { get; init; } = 5;

    public double PostRollSeconds { get; init; } = 2;

    /// <summary>A noise over the red threshold leaves a clip.</summary>
    public bool RecordOnAlert { get; init; } = true;

    /// <summary>Everything is recorded, day and night.</summary>
    public bool RecordAlways { get; init; }

    /// <summary>Privacy: no connection to the camera at all.</summary>
    public bool Paused { get; init; }

    /// <summary>Vigil listens for noise (start and stop of the monitor contract). The picture is not touched by it.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>Every member of the household sees it, guests included.</summary>
    public bool IsPublic { get; init; }

    public string Description { get; init; } = "";

    /// <summary>As the camera contract's pages name it: ip, rtsp or webcam. Nothing depends on it.</summary>
    public string CameraType { get; init; } = "rtsp";

    /// <summary>As the camera contract's pages name it: backend or local_client. Vigil always records by itself.</summary>
    public string RecordingMode { get; init; } = "backend";

    /// <summary>As the camera contract's pages name it: high, medium or low.</summary>
    public string RecordQuality { get; init; } = "medium";

    /// <summary>For how many hours its footage is kept; 0: until the space is needed. Null: nobody has said.</summary>
    public int? RetentionHours { get; init; }

    /// <summary>The account that added it.</summary>
    public long? CreatedBy { get; init; }

    /// <summary>Made by <c>--demo</c>.</summary>
    public bool Demo { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When a phone or encoder first sent. Before that, nobody misses it.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Nobody is called: a phone or encoder sends by WHIP.</summary>
    public bool IsPublished => Address.StartsWith(CameraAddress.Published + ":", StringComparison.Ordinal);

    /// <summary>A paired device: its picture goes straight to its viewers, and never comes by here. There is nothing to record or to listen to.</summary>
    public bool IsPeer => PeerDevice is not null;

    /// <summary>The row of that device; null for every other camera.</summary>
    public long? PeerDevice =>
        Address.StartsWith(CameraAddress.Peer + ":", StringComparison.Ordinal)
        && long.TryParse(Address.AsSpan(CameraAddress.Peer.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>A new room whose phone has not come yet: that is no alarm.</summary>
    public bool IsAwaited => IsPublished && PublishedAt is null;

    public IngestKind IngestKind => Enum.TryParse<IngestKind>(Ingest, ignoreCase: true, out var kind) ? kind : IngestKind.Auto;

    /// <summary>Never the addresses or secrets: this lands in logs and test output.</summary>
    public override string ToString() => $"camera {Id}";
}
