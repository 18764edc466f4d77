using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vigil.Media.Bus;
using Vigil.Protocols.Codecs;

namespace Vigil.Media.Tests.Ingest;

/// <summary>A media engine with short times, whose log is kept, and ways to wait for what it does.</summary>
internal sealed class TestEngine : ILoggerFactory, ILogger, IAsyncDisposable
{
    private readonly ConcurrentQueue<string> log = new();

    public TestEngine(MediaEngineOptions? options = null, TimeSpan? offlineAfter = null)
    {
        Engine = new MediaEngine(
            (options ?? new MediaEngineOptions()) with
            {
                AllowLoopback = true,
                OfflineAfter = offlineAfter ?? TimeSpan.FromSeconds(2),
                AnswerTimeout = TimeSpan.FromSeconds(2),
            },
            TimeProvider.System,
            this);
    }

    public MediaEngine Engine { get; }

    public string Log => string.Join('\n', log);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public CameraFeed Start(Uri address, int id = 1, string? username = null, string? password = null, IngestKind ingest = IngestKind.Native) =>
        Engine.Start(new CameraSource { CameraId = id, Address = address, Username = username, Password = password, Ingest = ingest });

    /// <summary>Reads status changes until one of the camera satisfies; a test's timeout is the only limit.</summary>
    public async Task<FeedStatus> UntilAsync(CameraFeed feed, Func<FeedStatus, bool> satisfied)
    {
        while (!satisfied(feed.Status))
        {
            await Engine.StatusChanges.ReadAsync(Cancel);
        }

        return feed.Status;
    }

    public Task<FeedStatus> UntilLiveAsync(CameraFeed feed) => UntilAsync(feed, s => s.State == FeedState.Live);

    /// <summary>The next frames of one kind, in order.</summary>
    public static async Task<List<MediaFrame>> TakeAsync(Subscription subscription, int count, TrackKind kind = TrackKind.Video)
    {
        var frames = new List<MediaFrame>();
        while (frames.Count < count)
        {
            var frame = await subscription.ReadAsync(Cancel);
            if (frame.Kind == kind)
            {
                frames.Add(frame);
            }
        }

        return frames;
    }

    public static Subscription Listen(CameraFeed feed) => feed.Main.Subscribe(new SubscriptionOptions { Name = "test", Capacity = 10_000 });

    public async ValueTask DisposeAsync() => await Engine.DisposeAsync();

    ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

    void ILoggerFactory.AddProvider(ILoggerProvider provider)
    {
    }

    void IDisposable.Dispose()
    {
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        log.Enqueue(formatter(state, exception) + exception);
}
