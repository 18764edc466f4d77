using System.ComponentModel.DataAnnotations;
using Vigil.Server.Devices;

namespace Vigil.Server.Cameras;

/// <summary>A room whose camera will be a phone.</summary>
public sealed record RoomCameraRequest
{
    public string? Name { get; init; }

    public string? Location { get; init; }
}

/// <summary>The new camera, and the code that makes a phone its source.</summary>
public sealed record RoomCameraView
{
    public required CameraView Camera { get; init; }

    public required PairingView Pairing { get; init; }
}

/// <summary>A code for one phone, good once and until <see cref="ExpiresAt"/>. Shown only here.</summary>
public sealed record PairingView
{
    public required string Code { get; init; }

    /// <summary>The phone's page with the code in the fragment, which browsers send to no server.</summary>
    public required string Url { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>What the phone sends.</summary>
public sealed record PairRequest
{
    [Required]
    [StringLength(32)]
    public required string Code { get; init; }

    /// <summary>What the household will call the device; "Phone" when missing.</summary>
    [StringLength(100)]
    public string? DeviceName { get; init; }
}

/// <summary>What the phone gets: its room, and a key that publishes this camera and opens nothing else. Shown only here.</summary>
public sealed record PairedView
{
    public required int CameraId { get; init; }

    public required string CameraName { get; init; }

    public required string HouseholdName { get; init; }

    public required string Key { get; init; }
}

/// <summary>A key for an encoder or another device that is not paired by a code.</summary>
public sealed record DeviceKeyRequest
{
    [Required]
    [StringLength(100)]
    public required string Name { get; init; }

    /// <summary>publish, upload, health or signal; at least one.</summary>
    [Required]
    [MinLength(1)]
    [MaxLength(4)]
    public required IReadOnlyList<DeviceScope> Scopes { get; init; }
}

/// <summary>Another name for a device.</summary>
public sealed record DeviceRenameRequest
{
    [Required]
    [StringLength(100)]
    public required string Name { get; init; }
}

/// <summary>The key just made. Shown only here.</summary>
public sealed record DeviceKeyMade
{
    public required long Id { get; init; }

    public required string Key { get; init; }
}

/// <summary>A device of the household. Never its key.</summary>
public sealed record DeviceView
{
    public required long Id { get; init; }

    public required int CameraId { get; init; }

    public required string CameraName { get; init; }

    public required string Name { get; init; }

    /// <summary>The first eight characters of its key, to tell devices apart.</summary>
    public required string Prefix { get; init; }

    public required IReadOnlyList<DeviceScope> Scopes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset? LastSeenAt { get; init; }

    public required bool Online { get; init; }
}
