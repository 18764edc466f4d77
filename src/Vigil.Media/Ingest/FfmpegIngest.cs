using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Vigil.Protocols.Rtsp;

namespace Vigil.Media.Ingest;

/// <summary>
/// RTSP through ffmpeg, for cameras the native client cannot read (UDP only, odd firmware). ffmpeg gets a resolved and checked address,
/// and both address and password by standard input as a one-line list, so that neither the process list nor a name server sees them.
/// </summary>
internal sealed class FfmpegIngest(Dialer dialer, FfmpegRun ffmpeg) : IIngest
{
    public string Name => "ffmpeg";

    public async Task<IngestEnd> RunAsync(StreamRequest request, StreamSink sink, CancellationToken cancel)
    {
        var verdict = dialer.Policy.Check(request.Address);
        if (verdict != AddressVerdict.Allowed)
        {
            return new IngestEnd(FeedFailure.AddressDenied, AddressPolicy.Explain(verdict));
        }

        var port = RtspUrl.PortOf(request.Address);
        var host = (await dialer.ResolveAsync(request.Address.Host, port, cancel))[0];
        var list = Encoding.UTF8.GetBytes(List(request, host, port));
        var protocols = request.Address.Scheme == "rtsps" ? "pipe,rtsp,rtp,udp,tcp,tls" : "pipe,rtsp,rtp,udp,tcp";
        return await ffmpeg.RunAsync(
            request,
            sink,
            ["-fflags", "+genpts", "-f", "concat", "-safe", "0", "-protocol_whitelist", protocols, "-i", "pipe:0"],
            FfmpegRun.CopyTracks(request),
            (input, stop) => input.WriteAsync(list, stop).AsTask(),
            cancel);
    }

    /// <summary>A list for ffmpeg's concat demuxer. Percent-encoding leaves nothing in it that could end the quotes or the line.</summary>
    internal static string List(StreamRequest request, IPAddress host, int port)
    {
        var credentials = string.IsNullOrEmpty(request.Username)
            ? ""
            : $"{Uri.EscapeDataString(request.Username)}:{Uri.EscapeDataString(request.Password ?? "")}@";
        var literal = host.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{host}]" : host.ToString();
        var path = request.Address.GetComponents(UriComponents.PathAndQuery, UriFormat.UriEscaped)
            .Replace("'", "%27", StringComparison.Ordinal)
            .Replace("\\", "%5C", StringComparison.Ordinal);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"ffconcat version 1.0\nfile '{request.Address.Scheme}://{credentials}{literal}:{port}{path}'\noption rtsp_flags prefer_tcp\noption timeout 5000000\n");
    }
}
