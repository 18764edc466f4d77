namespace Vigil.Media.Ingest;

/// <summary>Which ingest reads an address.</summary>
internal sealed class IngestChoice(IIngest native)
{
    public IIngest For(Uri address, IngestKind kind, bool preferFfmpeg)
    {
        _ = (address, kind, preferFfmpeg);
        return native;
    }
}
