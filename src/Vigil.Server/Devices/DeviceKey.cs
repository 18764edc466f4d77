namespace Vigil.Server.Devices;

/// <summary>What a device key is good for.</summary>
public enum DeviceScope
{
    /// <summary>Send the camera's picture and sound, and hold its room socket.</summary>
    Publish,

    /// <summary>Send single pictures.</summary>
    Upload,

    /// <summary>Send readings.</summary>
    Health,

    /// <summary>Take part in signalling.</summary>
    Signal,
}

/// <summary>One row of <c>device_key</c> that is not revoked.</summary>
public sealed record DeviceKey
{
    public long Id { get; init; }

    public long HouseholdId { get; init; }

    public int CameraId { get; init; }

    public string Prefix { get; init; } = "";

    public byte[] SecretHash { get; init; } = [];

    public string[] Scopes { get; init; } = [];

    public string Name { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastSeenAt { get; init; }

    public IReadOnlyList<DeviceScope> Allowed => [.. Scopes.Select(word => Enum.Parse<DeviceScope>(word, ignoreCase: true))];

    /// <summary>Never the hash: this lands in logs and test output.</summary>
    public override string ToString() => $"device key {Id}";
}

/// <summary>A key just made; the text is shown only here.</summary>
public sealed record NewDeviceKey(long Id, string Text)
{
    public override string ToString() => $"device key {Id}";
}
