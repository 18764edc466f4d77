using System.ComponentModel.DataAnnotations;

namespace Vigil.Server.Live.Signaling;

/// <summary>Signalling between devices and viewers. Section `Signaling`; the documented names (WS_HEARTBEAT_…, TURN_…) are accepted too.</summary>
public sealed class SignalingOptions
{
    public const string Section = "Signaling";

    /// <summary>
    /// Devices that know no secret (agents of the first generation) may come in. Anybody who knows such a device's name can then pretend to be it, which is
    /// said beside the device. Default: true. Each device can be made to need its secret.
    /// </summary>
    public bool AllowDevicesWithoutSecret { get; set; } = true;

    /// <summary>Seconds between heartbeats that the web app keeps to. Default 30.</summary>
    [Range(1, 3600)]
    public int HeartbeatInterval { get; set; } = 30;

    /// <summary>A device or viewer that says nothing for this many seconds is disconnected. Default 90: three heartbeats.</summary>
    [Range(2, 86400)]
    public int HeartbeatTimeout { get; set; } = 90;

    /// <summary>STUN servers told to both sides, for example stun:stun.example.org:3478. Default: none, which is right in one house.</summary>
    // Each look at a camera would otherwise tell a stranger's server who looks when.
    public IList<string> StunServers { get; } = [];

    public TurnOptions Turn { get; } = new();
}

/// <summary>A TURN server with shared-secret credentials (coturn: use-auth-secret). Offered only when Secret is set and the server answers.</summary>
public sealed class TurnOptions
{
    /// <summary>How devices reach it. Default: the same as PublicHost, else localhost.</summary>
    public string? Host { get; set; }

    /// <summary>How viewers reach it. Default: the same as Host.</summary>
    public string? PublicHost { get; set; }

    /// <summary>Default 3478.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 3478;

    /// <summary>Shared with the TURN server. Default: none, and nothing is offered.</summary>
    public string? Secret { get; set; }

    /// <summary>Seconds that credentials are good for. Default 86400.</summary>
    [Range(60, 604_800)]
    public int Ttl { get; set; } = 86_400;

    public bool IsSet => Secret is { Length: > 0 } && (Host ?? PublicHost) is { Length: > 0 };
}
