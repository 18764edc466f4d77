namespace Vigil.Media.Ingest;

/// <summary>Which ingest reads an address: the native client where it can, ffmpeg for the rest.</summary>
internal sealed class IngestChoice(IIngest native, IIngest rtspByFfmpeg, IIngest http, IIngest test, IIngest published, IIngest captured)
{
    public IIngest For(Uri address, IngestKind kind, bool preferFfmpeg) => address.Scheme switch
    {
        "test" => test,
        CaptureIngest.Scheme => captured,
        PublishedIngest.Scheme => published,
        "http" or "https" => http,
        _ when kind == IngestKind.Ffmpeg || (kind == IngestKind.Auto && preferFfmpeg) => rtspByFfmpeg,
        _ => native,
    };
}
