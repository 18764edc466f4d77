using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Vigil.Protocols.Rtsp;

namespace Vigil.Media.Ingest;

/// <summary>Reads a camera by RTSP over TCP without any helper process.</summary>
internal sealed partial class NativeIngest(Dialer dialer, TimeSpan answerTimeout, ILogger logger) : IIngest
{
    /// <summary>RFC 2326 names no limit; browsers give up after twenty, a camera has no reason for more than one.</summary>
    private const int MostRedirects = 3;

    public string Name => "native";

    public async Task<IngestEnd> RunAsync(StreamRequest request, StreamSink sink, CancellationToken cancel)
    {
        var address = request.Address;
        try
        {
            for (var redirects = 0; redirects <= MostRedirects; redirects++)
            {
                // The password goes to the host it was given for and to no other.
                var known = address.Host.Equals(request.Address.Host, StringComparison.OrdinalIgnoreCase) && !string.IsNullOrEmpty(request.Username);
                var auth = known ? new AuthAnswer(request.Username!, request.Password ?? "") : null;
                await using var stream = await dialer.ConnectAsync(address, cancel);
                var session = new RtspSession(address, auth, answerTimeout);
                using var connection = new RtspConnection(stream, session, request, sink);
                var end = await connection.RunAsync(cancel);
                if (session.End != RtspEnd.Redirect || session.RedirectTo is not { } target)
                {
                    return end;
                }

                if (target.Scheme is not ("rtsp" or "rtsps"))
                {
                    return new IngestEnd(FeedFailure.AddressDenied, "The camera sends us on to an address that is no RTSP address.");
                }

                Redirected(logger, request.Name, target.Host);
                address = target;
            }

            return new IngestEnd(FeedFailure.ProtocolError, "The camera sends us from one address to the next without end.");
        }
        catch (IngestException failure)
        {
            return new IngestEnd(failure.Failure, failure.Message);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            cancel.ThrowIfCancellationRequested();
            return new IngestEnd(FeedFailure.NoAnswer, "The connection to the camera broke.");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Stream} sends us on to {Host}")]
    private static partial void Redirected(ILogger logger, string stream, string host);
}
