using Microsoft.Extensions.Options;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>Whether somebody who gives a device's name is that device: by its secret, which the first one to come with a secret has chosen.</summary>
internal sealed class DeviceHello(SignalDevices devices, SignalSecrets secrets, RateLimits limits, IOptions<SignalingOptions> options)
{
    private const int TriesAMinute = 30;

    /// <summary>Null: welcome. Otherwise the reason to close with.</summary>
    public async Task<string?> CheckAsync(SignalDevice? device, string? secret, string neighbourhood, CancellationToken cancel)
    {
        if (device is null)
        {
            return "Device not found";
        }

        if (secret is { Length: 0 or > SignalSecrets.Longest })
        {
            return "Invalid device secret";
        }

        if (device.SecretHash is { } hash)
        {
            return secret is null ? "Device secret required"
                : !limits.TryTake("device secret", $"{device.Id} {neighbourhood}", TriesAMinute, TimeSpan.FromMinutes(1)) ? "Too many attempts"
                : secrets.Matches(secret, hash) ? null
                : "Invalid device secret";
        }

        if (device.SecretRequired || !options.Value.AllowDevicesWithoutSecret)
        {
            // Of a device that somebody has paired without one, nobody can prove now to be it; its owner gives it a secret.
            if (secret is null || device.IsOwned)
            {
                return "Device secret required";
            }
        }

        return secret is null || await devices.TrustAsync(device.Id, secret, cancel) ? null : "Invalid device secret";
    }

    /// <summary>The device itself asks, by its secret.</summary>
    public bool IsItself(SignalDevice device, string? secret, string neighbourhood) =>
        secret is { Length: > 0 and <= SignalSecrets.Longest } && device.SecretHash is { } hash
        && limits.TryTake("device secret", $"{device.Id} {neighbourhood}", TriesAMinute, TimeSpan.FromMinutes(1))
        && secrets.Matches(secret, hash);
}
