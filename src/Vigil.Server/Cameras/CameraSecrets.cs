using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Vigil.Server.Cameras;

/// <summary>Camera passwords, and what is hidden in addresses, at rest. Each is bound to its camera: copied to another row, it does not open.</summary>
public sealed partial class CameraSecrets(IDataProtectionProvider protection, ILogger<CameraSecrets> logger)
{
    private const string Password = "password";
    private const string Hidden = "hidden parts";

    /// <summary>The password: null when there is none, or when the keys it was sealed with are gone (then the camera shows a wrong password).</summary>
    public string? Open(Camera camera) => Open(camera, Password, camera.PasswordSealed);

    /// <summary>What the places in the camera's addresses stand for; nothing when the keys are gone.</summary>
    public IReadOnlyList<HiddenPart> OpenHidden(Camera camera) =>
        Open(camera, Hidden, camera.HiddenSealed) is { } json ? JsonSerializer.Deserialize<List<HiddenPart>>(json)! : [];

    /// <summary><paramref name="camera"/> with what was typed sealed in it.</summary>
    public Camera Seal(Camera camera, CameraForm typed)
    {
        var password = typed.Password;
        return Seal(camera, typed.Hidden) with
        {
            PasswordSealed = password is null ? camera.PasswordSealed : password.Length == 0 ? null : For(camera, Password).Protect(password),
        };
    }

    /// <summary>Written before everything that may be a secret was hidden in addresses?</summary>
    public static bool IsLoose(Camera camera) =>
        new[] { camera.Address, camera.SubAddress, camera.AudioAddress }.Any(a => a is not null && CameraAddress.Again(a, null, []).Text != a);

    /// <summary>Hides and seals what today's rules want hidden in a row that <see cref="IsLoose"/>.</summary>
    public Camera Tighten(Camera camera)
    {
        var password = Open(camera);
        var hidden = OpenHidden(camera);
        string? Again(string? address)
        {
            if (address is null)
            {
                return null;
            }

            var now = CameraAddress.Again(address, password, hidden);
            (password, hidden) = (now.Password ?? password, now.Hidden);
            return now.Text;
        }

        var tight = camera with { Address = Again(camera.Address)!, SubAddress = Again(camera.SubAddress), AudioAddress = Again(camera.AudioAddress) };
        return Seal(tight, hidden) with
        {
            PasswordSealed = password is not null && camera.PasswordSealed is null ? For(camera, Password).Protect(password) : camera.PasswordSealed,
        };
    }

    private Camera Seal(Camera camera, IReadOnlyList<HiddenPart> hidden) =>
        hidden.SequenceEqual(OpenHidden(camera)) ? camera
        : camera with { HiddenSealed = hidden.Count == 0 ? null : For(camera, Hidden).Protect(JsonSerializer.Serialize(hidden)) };

    private string? Open(Camera camera, string purpose, string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            return For(camera, purpose).Unprotect(text);
        }
        catch (CryptographicException)
        {
            LogLost(logger, camera.Id);
            return null;
        }
    }

    private IDataProtector For(Camera camera, string purpose) => protection.CreateProtector("Vigil.Cameras", purpose, camera.Uid.ToString("N"));

    [LoggerMessage(EventId = 1001, Level = LogLevel.Warning,
        Message = "A stored secret of camera {CameraId} cannot be opened: the keys it was sealed with are gone. Enter it again.")]
    private static partial void LogLost(ILogger logger, int cameraId);
}
