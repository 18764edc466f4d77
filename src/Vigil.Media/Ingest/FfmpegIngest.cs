using System.Globalization;
using System.Text;
using Vigil.Protocols.Rtsp;

namespace Vigil.Media.Ingest;

/// <summary>
/// RTSP through ffmpeg, for cameras the native client cannot read (UDP only, odd firmware). ffmpeg gets the address of our
/// <see cref="RtspRelay"/> and the password by standard input as a one-line list, so that neither the process list nor a name server
/// sees them, and no camera can send it elsewhere.
/// </summary>
internal sealed class FfmpegIngest(Dialer dialer, FfmpegRun ffmpeg) : IIngest
{
    private static readonly string[] ListInput =
        ["-fflags", "+genpts", "-f", "concat", "-safe", "0", "-protocol_whitelist", "pipe,rtsp,rtp,udp,tcp", "-i", "pipe:0"];

    public string Name => "ffmpeg";

    public async Task<IngestEnd> RunAsync(StreamRequest request, StreamSink sink, CancellationToken cancel)
    {
        var verdict = dialer.Policy.Check(request.Address);
        if (verdict != AddressVerdict.Allowed)
        {
            return new IngestEnd(FeedFailure.AddressDenied, AddressPolicy.Explain(verdict));
        }

        var addresses = await dialer.ResolveAsync(request.Address.Host, RtspUrl.PortOf(request.Address), cancel);
        using var relay = new RtspRelay(dialer, request.Address, addresses[0]);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var relaying = relay.RunAsync(done.Token);
        var list = Encoding.UTF8.GetBytes(List(request, relay.Port));
        try
        {
            var end = await ffmpeg.RunAsync(
                request, sink, ListInput, FfmpegRun.CopyTracks(request), (input, stop) => input.WriteAsync(list, stop).AsTask(), cancel);
            return relay.Refused ?? end;
        }
        finally
        {
            await done.CancelAsync();
            await relaying;
        }
    }

    /// <summary>A list for ffmpeg's concat demuxer. Percent-encoding leaves nothing in it that could end the quotes or the line.</summary>
    internal static string List(StreamRequest request, int port)
    {
        var credentials = string.IsNullOrEmpty(request.Username)
            ? ""
            : $"{Uri.EscapeDataString(request.Username)}:{Uri.EscapeDataString(request.Password ?? "")}@";
        var path = request.Address.GetComponents(UriComponents.PathAndQuery, UriFormat.UriEscaped)
            .Replace("'", "%27", StringComparison.Ordinal)
            .Replace("\\", "%5C", StringComparison.Ordinal);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"ffconcat version 1.0\nfile 'rtsp://{credentials}127.0.0.1:{port}{path}'\noption rtsp_flags prefer_tcp\noption timeout 5000000\n");
    }
}
