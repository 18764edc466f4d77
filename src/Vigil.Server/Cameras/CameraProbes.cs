using Vigil.Media;

namespace Vigil.Server.Cameras;

/// <summary>Tests of addresses, a few at a time: each may hold a connection for ten seconds, and a page may ask for many.</summary>
public sealed class CameraProbes(MediaEngine engine) : IDisposable
{
    private const int AtOnce = 4;
    private readonly SemaphoreSlim places = new(AtOnce);

    public async Task<ProbeReport> ProbeAsync(Camera camera, string? password, IReadOnlyList<HiddenPart> hidden, CancellationToken cancel)
    {
        await places.WaitAsync(cancel);
        try
        {
            return await engine.ProbeAsync(CameraFeeds.Source(camera, password, hidden), cancel);
        }
        finally
        {
            places.Release();
        }
    }

    public void Dispose() => places.Dispose();
}
