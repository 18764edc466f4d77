namespace Vigil.Server.Cameras;

/// <summary>
/// Applies what a member typed to a camera, or says per field what is wrong with it. Pure: <see cref="CameraSecrets"/> seals what is secret.
/// </summary>
public sealed class CameraForm
{
    private readonly Dictionary<string, string[]> errors = [];

    /// <summary>By field, in camel case.</summary>
    public IReadOnlyDictionary<string, string[]> Errors => errors;

    /// <summary>Addresses given in this form, to be checked where they lead.</summary>
    public List<(string Field, string Address)> Addresses { get; } = [];

    /// <summary>The password as typed: null leaves the stored one, an empty text clears it.</summary>
    public string? Password { get; private set; }

    /// <summary>What the places in the addresses stand for.</summary>
    public IReadOnlyList<HiddenPart> Hidden { get; private set; } = [];

    /// <param name="camera">As it is.</param>
    /// <param name="form">What shall change.</param>
    /// <param name="hidden">What is hidden in the camera's addresses so far.</param>
    public Camera? Apply(Camera camera, CameraRequest form, IReadOnlyList<HiddenPart> hidden)
    {
        Hidden = hidden;
        var password = form.Password;
        var username = form.Username;
        if (camera.IsPeer && (form.Address?.Trim() ?? camera.Address) == camera.Address)
        {
            form = form with { Address = null }; // Nobody types where a paired device is; a page that sends all fields sends it as it was.
        }

        var address = Address("address", form.Address, required: camera.Address.Length == 0, ref username, ref password) ?? camera.Address;
        var subAddress = Optional("subAddress", form.SubAddress, camera.SubAddress, ref username, ref password);
        var audioAddress = Optional("audioAddress", form.AudioAddress, camera.AudioAddress, ref username, ref password);
        Check("name", Text(form.Name ?? camera.Name, 1, 255), "A name has 1 to 255 characters.");
        Check("location", Text(form.Location ?? "", 0, 255), "A location has at most 255 characters.");
        Check("username", Text(username ?? "", 0, 100), "A user name has at most 100 characters.");
        Check("password", (password?.Length ?? 0) <= 100 && password?.Any(char.IsControl) != true, "A password has at most 100 characters.");
        Check("ingest", form.Ingest is null or "auto" or "native" or "ffmpeg", "Choose auto, native or ffmpeg.");
        var changed = camera with
        {
            Name = form.Name?.Trim() ?? camera.Name,
            Location = form.Location?.Trim() ?? camera.Location,
            Address = address,
            SubAddress = subAddress,
            AudioAddress = audioAddress,
            Username = username is null ? camera.Username : username.Length == 0 ? null : username,
            Ingest = form.Ingest ?? camera.Ingest,
            OnvifPort = form.OnvifPort is null ? camera.OnvifPort : form.OnvifPort == 0 ? null : form.OnvifPort,
            Paused = form.Paused ?? camera.Paused,
            IsActive = form.IsActive ?? camera.IsActive,
            YellowThreshold = form.YellowThreshold ?? camera.YellowThreshold,
            RedThreshold = form.RedThreshold ?? camera.RedThreshold,
            BroadcastSeconds = form.BroadcastSeconds ?? camera.BroadcastSeconds,
            MinClipSeconds = form.MinClipSeconds ?? camera.MinClipSeconds,
            MaxClipSeconds = form.MaxClipSeconds ?? camera.MaxClipSeconds,
            QuietSeconds = form.QuietSeconds ?? camera.QuietSeconds,
            CrySensitivity = form.CrySensitivity ?? camera.CrySensitivity,
            PreRollSeconds = form.PreRollSeconds ?? camera.PreRollSeconds,
            PostRollSeconds = form.PostRollSeconds ?? camera.PostRollSeconds,
            IsPublic = form.IsPublic ?? camera.IsPublic,
            RecordOnAlert = form.RecordOnAlert ?? camera.RecordOnAlert,
            RecordAlways = form.RecordAlways ?? camera.RecordAlways,
        };
        Check("onvifPort", changed.OnvifPort is null or (> 0 and <= 65535), "A port is a number from 1 to 65535.");
        Range("yellowThreshold", changed.YellowThreshold, 1, 32767);
        Range("redThreshold", changed.RedThreshold, 1, 32767);
        Check("redThreshold", changed.YellowThreshold <= changed.RedThreshold, "The red threshold is not below the yellow one.");
        Range("broadcastSeconds", changed.BroadcastSeconds, 0.1, 10);
        Range("minClipSeconds", changed.MinClipSeconds, 0, 600);
        Range("maxClipSeconds", changed.MaxClipSeconds, 1, 600);
        Check("maxClipSeconds", changed.MinClipSeconds <= changed.MaxClipSeconds, "The longest clip is not shorter than the shortest.");
        Range("quietSeconds", changed.QuietSeconds, 0.5, 60);
        Check("crySensitivity", changed.CrySensitivity is "off" or "low" or "normal" or "high", "Choose off, low, normal or high.");
        Range("preRollSeconds", changed.PreRollSeconds, 0, 60);
        Range("postRollSeconds", changed.PostRollSeconds, 0, 60);
        if (errors.Count > 0)
        {
            return null;
        }

        Password = password;
        Hidden = HiddenParts.Used(Hidden, changed.Address, changed.SubAddress, changed.AudioAddress);
        return changed;
    }

    public void Refuse(string field, string error) => errors[field] = [error];

    private string? Address(string field, string? pasted, bool required, ref string? username, ref string? password)
    {
        if (pasted is null && !required)
        {
            return null;
        }

        if (CameraAddress.TryParse(pasted, password, Hidden, out var error) is not { } parsed)
        {
            errors[field] = [error];
            return null;
        }

        // Credentials in their own fields win over those in an address.
        username ??= parsed.Username;
        password ??= parsed.Password;
        Hidden = parsed.Hidden;
        Addresses.Add((field, parsed.Text));
        return parsed.Text;
    }

    private string? Optional(string field, string? pasted, string? known, ref string? username, ref string? password) =>
        pasted is null ? known : pasted.Trim().Length == 0 ? null : Address(field, pasted, required: true, ref username, ref password);

    private static bool Text(string text, int least, int most) => text.Trim().Length >= least && text.Trim().Length <= most && !text.Any(char.IsControl);

    private void Range(string field, double value, double least, double most) =>
        Check(field, value >= least && value <= most, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"From {least} to {most}."));

    private void Check(string field, bool good, string error)
    {
        if (!good)
        {
            errors.TryAdd(field, [error]);
        }
    }
}
