using Vigil.Media;
using Vigil.Server.Accounts;

namespace Vigil.Server.Cameras;

/// <summary>Adds and changes cameras as members ask for it, by whichever API: checks the form and where the addresses lead, and seals what is secret.</summary>
public sealed class CameraChanges(CameraDirectory directory, CameraSecrets secrets, CameraDestinations destinations, CameraProbes probes)
{
    /// <summary>Does a camera that is not saved yet answer? Null when the form is wrong, or when there is nothing to call (it will be published).</summary>
    public async Task<ProbeReport?> ProbeAsync(CurrentMember member, CameraRequest request, CancellationToken cancel)
    {
        var form = new CameraForm();
        var camera = form.Apply(new Camera { Uid = Guid.NewGuid(), HouseholdId = member.HouseholdId, Name = "", Address = "" }, request, []);
        return camera is null || camera.IsPublished || await destinations.RefusalsAsync(form, cancel) is { Count: > 0 }
            ? null
            : await probes.ProbeAsync(camera, form.Password, form.Hidden, cancel);
    }

    /// <param name="member">Whose household gets it.</param>
    /// <param name="request">What was typed.</param>
    /// <param name="also">Settings that the form does not have.</param>
    /// <param name="cancel">Ends the work.</param>
    public async Task<CameraChange> AddAsync(CurrentMember member, CameraRequest request, Func<Camera, Camera> also, CancellationToken cancel)
    {
        var blank = new Camera { Uid = Guid.NewGuid(), HouseholdId = member.HouseholdId, Name = "", Address = "" };
        var form = new CameraForm();
        var camera = form.Apply(blank, request, []);
        if (camera is null || await destinations.RefusalsAsync(form, cancel) is { Count: > 0 })
        {
            return new CameraChange { Errors = form.Errors };
        }

        return new CameraChange { Camera = await directory.AddAsync(also(secrets.Seal(camera, form)) with { CreatedBy = member.AccountId }, cancel) };
    }

    /// <summary>Is anything wrong with that change? Changes nothing.</summary>
    public async Task<IReadOnlyDictionary<string, string[]>> CheckAsync(Camera known, CameraRequest request, CancellationToken cancel)
    {
        var form = new CameraForm();
        return form.Apply(known, request, secrets.OpenHidden(known)) is null || await destinations.RefusalsAsync(form, cancel) is { Count: > 0 } ? form.Errors
            : new Dictionary<string, string[]>();
    }

    public async Task<CameraChange> ChangeAsync(Camera known, CameraRequest request, Func<Camera, Camera> also, CancellationToken cancel)
    {
        var check = new CameraForm();
        if (check.Apply(known, request, secrets.OpenHidden(known)) is null || await destinations.RefusalsAsync(check, cancel) is { Count: > 0 })
        {
            return new CameraChange { Errors = check.Errors };
        }

        // A stored password is for the host it was entered for: it is not sent to another one because somebody edits the address.
        var moved = request.Password is null && check.Addresses.Any(a => !SameHost(a.Address, known.Address));
        var changed = await directory.ChangeAsync(
            known.HouseholdId,
            known.Id,
            old =>
            {
                var form = new CameraForm();
                var fresh = form.Apply(old, request, secrets.OpenHidden(old)) is { } applied ? also(secrets.Seal(applied, form)) : old;
                return moved && fresh.PasswordSealed == old.PasswordSealed ? fresh with { PasswordSealed = null } : fresh;
            },
            cancel);
        return new CameraChange { Camera = changed };
    }

    internal static bool SameHost(string one, string other) =>
        string.Equals(CameraAddress.HostOf(one), CameraAddress.HostOf(other), StringComparison.OrdinalIgnoreCase);
}

/// <summary>The camera as it is now; or what was wrong, by field; or neither, when it is gone.</summary>
public sealed record CameraChange
{
    public Camera? Camera { get; init; }

    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }
}
