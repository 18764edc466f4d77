using System.Globalization;
using Vigil.Media.WebRtc;

namespace Vigil.Media.Ingest;

/// <summary>
/// The third ingest: nothing is pulled, somebody publishes by WHIP. Address <c>whip://camera-{id}</c>. Waits for the publisher, then
/// lets it write to the sink until it is gone.
/// </summary>
internal sealed class PublishedIngest(PublisherDesk desk, TimeSpan patience, TimeProvider time) : IIngest
{
    public const string Scheme = "whip";
    private const string Host = "camera-"; // A bare number would be read as an IPv4 address.

    /// <summary>Nobody has published yet.</summary>
    public const string Waiting = "Waiting for the phone or encoder of this camera.";

    /// <summary>Somebody did, and said goodbye, or has not been heard for a while.</summary>
    public const string Gone = "The room phone (or encoder) is gone: nothing comes from it.";

    public string Name => "webrtc";

    public static Uri AddressOf(int cameraId) => new(string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{Host}{cameraId}"));

    public async Task<IngestEnd> RunAsync(StreamRequest request, StreamSink sink, CancellationToken cancel)
    {
        var cameraId = int.Parse(request.Address.Authority.AsSpan(Host.Length), NumberStyles.None, CultureInfo.InvariantCulture);
        WhipPublisher publisher;
        using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancel))
        using (var timer = time.CreateTimer(_ => waiting.Cancel(), null, patience, Timeout.InfiniteTimeSpan))
        {
            try
            {
                publisher = await desk.WaitAsync(cameraId, waiting.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return new IngestEnd(FeedFailure.NotPublishing, sink.LastMediaAt is null ? Waiting : Gone);
            }
        }

        publisher.Attach(sink);
        try
        {
            await publisher.Ended.WaitAsync(cancel);
            return new IngestEnd(FeedFailure.NotPublishing, Gone);
        }
        finally
        {
            publisher.Attach(null);
            sink.End();
        }
    }
}
