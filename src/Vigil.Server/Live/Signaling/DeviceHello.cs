using Microsoft.Extensions.Options;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>Whether somebody who gives a device's name is that device: by its secret, which the first one to come with a secret has chosen before anybody owned it.</summary>
internal sealed class DeviceHello(SignalDevices devices, SignalSecrets secrets, RateLimits limits, IOptions<SignalingOptions> options)
{
    private const int TriesAMinute = 30;
    private const string RequestTries = "device secret by request";

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
                : secrets.Matches(secret, hash) ? null
                : MayTry(device, neighbourhood) ? "Invalid device secret"
                : "Too many attempts";
        }

        if (device.SecretRequired || !options.Value.AllowDevicesWithoutSecret)
        {
            // Of a device that somebody has paired without one, nobody can prove now to be it; its owner gives it a secret.
            if (secret is null || device.IsOwned)
            {
                return "Device secret required";
            }
        }

        // Of an owned device anybody who knows its name could be the first, and the real one would be refused from then on: only its owner gives it a secret.
        return secret is null || device.IsOwned || await devices.TrustAsync(device.Id, secret, cancel) ? null : "Invalid device secret";
    }

    /// <summary>
    /// Whether the device itself asks, by its secret; null when there were too many wrong ones from that address, and nobody looks. A device that lives behind
    /// the same address still gets in by its socket.
    /// </summary>
    public bool? IsItself(SignalDevice device, string? secret, string neighbourhood)
    {
        if (secret is not { Length: > 0 and <= SignalSecrets.Longest } || device.SecretHash is not { } hash)
        {
            return false;
        }

        var key = $"{device.Id} {neighbourhood}";
        if (!limits.TryTake(RequestTries, key, TriesAMinute, TimeSpan.FromMinutes(1)))
        {
            return null;
        }

        if (!secrets.Matches(secret, hash))
        {
            return false;
        }

        limits.GiveBack(RequestTries, key);
        return true;
    }

    /// <summary>Only wrong secrets cost a try: whoever guesses behind the same address cannot lock the real device out.</summary>
    private bool MayTry(SignalDevice device, string neighbourhood) =>
        limits.TryTake("device secret", $"{device.Id} {neighbourhood}", TriesAMinute, TimeSpan.FromMinutes(1));
}
