using Vigil.Server.Cameras;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings;

/// <summary>Says in a camera's list of events that something is wrong with its footage.</summary>
public sealed class FootageTrouble(EventLog log, CameraDirectory cameras)
{
    /// <summary>Nothing of a camera that is gone.</summary>
    /// <param name="cameraId">Whose footage.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="at">When.</param>
    /// <param name="words">For people, from the camera's name.</param>
    public void Tell(int cameraId, EventKind kind, DateTimeOffset at, Func<string, string> words)
    {
        if (cameras.Find(cameraId) is { } camera)
        {
            log.Observe(new Observation
            {
                HouseholdId = camera.HouseholdId,
                CameraId = cameraId,
                Kind = kind,
                From = at,
                To = at,
                Detail = words(StoredText.Cut(camera.Name, 100)),
            });
        }
    }
}
