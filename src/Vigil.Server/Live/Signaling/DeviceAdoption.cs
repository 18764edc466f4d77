using System.Globalization;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

internal enum AdoptionRefusal
{
    None,
    TooMany,

    /// <summary>Wrong, used, or older than five minutes.</summary>
    BadCode,

    /// <summary>Guests, and visitors of this server, add no cameras.</summary>
    MayNotAdd,

    /// <summary>The device belongs to another household, which has not given it away.</summary>
    OwnedElsewhere,
}

/// <summary>What came of a code.</summary>
internal sealed record Adoption(AdoptionRefusal Refusal, SignalDevice? Device = null);

/// <summary>Makes a device the camera of a household by its code, and nobody's again. Whoever owns the household reads of it in the timeline.</summary>
internal sealed class DeviceAdoption(
    SignalDevices devices, SignalPairings pairings, CameraDirectory cameras, EventLog events, RateLimits limits, TimeProvider time)
{
    private const int TriesAMinute = 5;
    private const int LongestName = 255;

    public async Task<Adoption> AdoptAsync(CurrentMember member, string? code, string? name, string neighbourhood, CancellationToken cancel)
    {
        // A million codes, five tries a minute, five minutes: one in forty thousand.
        var account = member.AccountId.ToString(CultureInfo.InvariantCulture);
        if (!limits.TryTake("signal pairing account", account, TriesAMinute, TimeSpan.FromMinutes(1))
            || !limits.TryTake("signal pairing address", neighbourhood, TriesAMinute, TimeSpan.FromMinutes(1)))
        {
            return new Adoption(AdoptionRefusal.TooMany);
        }

        if (!member.MayAddCameras)
        {
            return new Adoption(AdoptionRefusal.MayNotAdd);
        }

        if (await pairings.UseAsync(code, cancel) is not { } used || await devices.FindAsync(used.DeviceId, cancel) is not { } device)
        {
            return new Adoption(AdoptionRefusal.BadCode);
        }

        if (device.HouseholdId == member.HouseholdId)
        {
            return new Adoption(AdoptionRefusal.None, device);
        }

        if (device.IsOwned && used.CreatedBy is null)
        {
            return new Adoption(AdoptionRefusal.OwnedElsewhere);
        }

        var given = name?.Trim() is { Length: > 0 and <= LongestName } trimmed && !trimmed.Any(char.IsControl) ? trimmed : null;
        var shown = given ?? device.DeviceName ?? device.DeviceId;
        var camera = await cameras.AddAsync(
            new Camera
            {
                Uid = Guid.NewGuid(),
                HouseholdId = member.HouseholdId,
                Name = shown,
                Address = device.Publishes ? CameraAddress.Published + ":" : string.Create(CultureInfo.InvariantCulture, $"{CameraAddress.Peer}:{device.Id}"),
                RecordOnAlert = device.Publishes,
            },
            cancel);
        if (!await devices.AttachAsync(device.Id, device.HouseholdId, member.HouseholdId, member.AccountId, camera.Id, given, cancel))
        {
            await cameras.RemoveAsync(member.HouseholdId, camera.Id, cancel); // Somebody was faster.
            return new Adoption(AdoptionRefusal.BadCode);
        }

        if (device is { HouseholdId: { } before, CameraId: { } old })
        {
            Tell(before, null, $"{shown} now belongs to another household, as its owner wanted.");
            await cameras.RemoveAsync(before, old, cancel);
        }

        Tell(member.HouseholdId, camera.Id, $"{shown} was paired by {member.Name ?? member.Username}.");
        return new Adoption(AdoptionRefusal.None, await devices.FindAsync(device.DeviceId, cancel));
    }

    /// <summary>Nobody's again: whoever has a new code may pair it. False when the household has no such device.</summary>
    public async Task<bool> ReleaseAsync(SignalDevice device, CancellationToken cancel)
    {
        if (device is not { HouseholdId: { } household, CameraId: { } camera } || !await devices.DetachAsync(household, device.Id, cancel))
        {
            return false;
        }

        await cameras.RemoveAsync(household, camera, cancel);
        return true;
    }

    private void Tell(long household, int? camera, string words)
    {
        var now = time.GetUtcNow();
        events.Observe(new Observation { HouseholdId = household, CameraId = camera, Kind = EventKind.DevicePaired, From = now, To = now, Detail = words });
    }
}
