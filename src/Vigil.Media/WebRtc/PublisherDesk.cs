using System.Collections.Concurrent;

namespace Vigil.Media.WebRtc;

/// <summary>
/// Where publishers and cameras meet: a camera that is published to waits here for its phone. The newest publisher of a camera
/// wins, because the older one is most often the same phone before it lost its network.
/// </summary>
internal sealed class PublisherDesk
{
    private readonly ConcurrentDictionary<int, Place> places = new();

    public void Arrived(int cameraId, WhipPublisher publisher)
    {
        var place = places.GetOrAdd(cameraId, _ => new Place());
        WhipPublisher? older;
        lock (place.Gate)
        {
            older = place.Publisher;
            place.Publisher = publisher;
            place.Doorbell.TrySetResult();
            place.Doorbell = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (older is not null)
        {
            // Not under the lock: closing calls back to Left.
            _ = Task.Run(() =>
            {
                older.Replaced?.Invoke();
                older.Transport.Close();
            });
        }
    }

    public void Left(int cameraId, WhipPublisher publisher)
    {
        if (places.TryGetValue(cameraId, out var place))
        {
            lock (place.Gate)
            {
                if (place.Publisher == publisher)
                {
                    place.Publisher = null;
                }
            }
        }
    }

    /// <summary>The camera's publisher; waits for one.</summary>
    public async Task<WhipPublisher> WaitAsync(int cameraId, CancellationToken cancel)
    {
        var place = places.GetOrAdd(cameraId, _ => new Place());
        while (true)
        {
            Task rung;
            lock (place.Gate)
            {
                if (place.Publisher is { Transport.IsConnected: true } publisher)
                {
                    return publisher;
                }

                rung = place.Doorbell.Task;
            }

            await rung.WaitAsync(cancel);
        }
    }

    private sealed class Place
    {
        public Lock Gate { get; } = new();

        public WhipPublisher? Publisher { get; set; }

        public TaskCompletionSource Doorbell { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
