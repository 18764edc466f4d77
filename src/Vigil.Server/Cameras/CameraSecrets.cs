using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Vigil.Server.Cameras;

/// <summary>Camera passwords at rest. Each is bound to its camera: a sealed password copied to another row does not open.</summary>
public sealed partial class CameraSecrets(IDataProtectionProvider protection, ILogger<CameraSecrets> logger)
{
    public string Seal(Guid cameraUid, string password) => For(cameraUid).Protect(password);

    /// <summary>Null when there is none, or when the keys it was sealed with are gone (then the camera shows a wrong password).</summary>
    public string? Open(Camera camera)
    {
        if (camera.PasswordSealed is null)
        {
            return null;
        }

        try
        {
            return For(camera.Uid).Unprotect(camera.PasswordSealed);
        }
        catch (CryptographicException)
        {
            LogLost(logger, camera.Id);
            return null;
        }
    }

    private IDataProtector For(Guid uid) => protection.CreateProtector("Vigil.Cameras", "password", uid.ToString("N"));

    [LoggerMessage(EventId = 1001, Level = LogLevel.Warning,
        Message = "The stored password of camera {CameraId} cannot be opened: the keys it was sealed with are gone. Enter it again.")]
    private static partial void LogLost(ILogger logger, int cameraId);
}
