using System.Globalization;
using Npgsql;
using Vigil.Server.Database;
using Vigil.Server.Devices;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// Our own addition to the contract: a device of the type <c>publisher</c> becomes an ordinary camera when it is paired, and asks on its socket for the key
/// to publish it with. `publish_request{camera_id?}` is answered by `publish_ready{camera_id, key?}`, with a key only when the device does not say that it
/// has one for that camera; the key it had before is void. `paired{camera_id}` tells it of a change.
/// </summary>
internal sealed class DevicePublishing(DeviceKeys keys, RateLimits limits, TimeProvider time)
{
    private const int KeysAnHour = 10;

    /// <summary>The sentence that says why not; null when it was answered.</summary>
    public async Task<string?> AnswerAsync(DeviceLink link, SignalMessage message, CancellationToken cancel)
    {
        // A key is worth more than the device's name, so only its secret gets one.
        if (link.Device is not { Publishes: true, SecretHash: not null } device)
        {
            return "Unauthorized";
        }

        if (device is not { HouseholdId: { } household, CameraId: { } camera })
        {
            return "Not paired";
        }

        try
        {
            string? key = null;
            if (message.Number("camera_id") != camera)
            {
                if (!limits.TryTake("publishing key", device.Id.ToString(CultureInfo.InvariantCulture), KeysAnHour, TimeSpan.FromHours(1)))
                {
                    return "Too many attempts";
                }

                foreach (var old in keys.OfCamera(camera).Where(old => old.Name == device.DeviceId).ToList())
                {
                    await keys.RevokeAsync(household, old.Id, cancel);
                }

                if (await keys.CreateAsync(household, camera, device.DeviceId, [DeviceScope.Publish], device.OwnerId, cancel) is not { } made)
                {
                    return "Too many devices";
                }

                key = made.Text;
            }

            link.Socket.Say(SignalText.Message("publish_ready", time.GetUtcNow(), message.RequestId, json =>
            {
                json.WriteNumber("camera_id", camera);
                if (key is not null)
                {
                    json.WriteString("key", key);
                }
            }));
            return null;
        }
        catch (Exception away) when (away is DatabaseAwayException or NpgsqlException or InvalidOperationException)
        {
            return "Try again";
        }
    }

    /// <summary>Somebody has paired it, or it is nobody's again.</summary>
    public static void TellPaired(DeviceLink link, DateTimeOffset now)
    {
        if (link.Device.Publishes)
        {
            link.Socket.Say(SignalText.Message("paired", now, null, json =>
            {
                if (link.Device.CameraId is { } camera)
                {
                    json.WriteNumber("camera_id", camera);
                }
                else
                {
                    json.WriteNull("camera_id");
                }
            }));
        }
    }
}
