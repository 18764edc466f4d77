namespace Vigil.Server.Devices.Signaling;

/// <summary>One row of <c>signal_device</c>.</summary>
public sealed record SignalDevice
{
    /// <summary>The type of a device that publishes through Vigil instead of sending straight to its viewers.</summary>
    public const string Publisher = "publisher";

    public long Id { get; init; }

    /// <summary>What the device calls itself.</summary>
    public string DeviceId { get; init; } = "";

    public string? DeviceName { get; init; }

    public string DeviceType { get; init; } = "camera";

    public byte[]? SecretHash { get; init; }

    public bool SecretRequired { get; init; }

    /// <summary>Null while nobody has paired it.</summary>
    public long? HouseholdId { get; init; }

    public long? OwnerId { get; init; }

    public int? CameraId { get; init; }

    public DateTimeOffset RegisteredAt { get; init; }

    public DateTimeOffset? PairedAt { get; init; }

    public DateTimeOffset? LastSeenAt { get; init; }

    public bool Publishes => DeviceType == Publisher;

    public bool IsOwned => CameraId is not null;

    /// <summary>Never the hash: this lands in logs and test output.</summary>
    public override string ToString() => $"signalling device {Id}";
}
