namespace Vigil.Media.Ingest;

/// <summary>One stream to pull. Address without user information; the password is never printed.</summary>
internal sealed record StreamRequest
{
    /// <summary>For logs: <c>camera 3 main</c>.</summary>
    public required string Name { get; init; }

    public required Uri Address { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public bool WantVideo { get; init; } = true;

    public bool WantAudio { get; init; } = true;

    /// <summary>Pictures alone will do: the other ingest has had its try at a sound that this one cannot carry.</summary>
    public bool SilenceWillDo { get; init; }

    public override string ToString() => Name;
}

/// <summary>How a session ended.</summary>
/// <param name="Failure">None only when it was asked to end.</param>
/// <param name="Detail">Plain words, no secrets.</param>
/// <param name="OtherIngestMayWork">The native client cannot carry this stream, but ffmpeg might.</param>
/// <param name="ForSound">It could carry the picture; only the sound needs the other.</param>
internal readonly record struct IngestEnd(FeedFailure Failure, string Detail, bool OtherIngestMayWork = false, bool ForSound = false);

/// <summary>Pulls one stream: connects, reads until it ends or is cancelled, and never throws for what the far side does.</summary>
internal interface IIngest
{
    string Name { get; }

    Task<IngestEnd> RunAsync(StreamRequest request, StreamSink sink, CancellationToken cancel);
}
