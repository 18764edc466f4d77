using System.Net;
using System.Net.Sockets;
using System.Text;
using Vigil.Protocols.Rtsp;

namespace Vigil.Media.Ingest;

/// <summary>
/// Stands between ffmpeg and a camera, on loopback. ffmpeg's RTSP reader follows redirects, resolves the names in them and sends
/// datagrams to whatever <c>source</c> a camera names; through here it never sees any of that: each connection goes to the one checked
/// address (with TLS for rtsps), a redirect ends it, and transports name the camera itself.
/// </summary>
internal sealed class RtspRelay : IDisposable
{
    /// <summary>ffmpeg opens a second connection when the first transport is refused.</summary>
    private const int MostConnections = 6;
    private const int BufferBytes = 128 * 1024;

    private readonly Dialer dialer;
    private readonly Uri address;
    private readonly IPAddress camera;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public RtspRelay(Dialer dialer, Uri address, IPAddress camera)
    {
        this.dialer = dialer;
        this.address = address;
        this.camera = camera;
        listener.Start(MostConnections);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Why the relay hung up, when it did.</summary>
    public IngestEnd? Refused { get; private set; }

    /// <summary>Serves until cancelled. Never throws.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var serving = new List<Task>();
        try
        {
            while (serving.Count < MostConnections)
            {
                serving.Add(ServeAsync(await listener.AcceptSocketAsync(cancel), cancel));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }

        await Task.WhenAll(serving);
    }

    public void Dispose() => listener.Dispose();

    private async Task ServeAsync(Socket accepted, CancellationToken cancel)
    {
        await Task.Yield();
        accepted.NoDelay = true;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            await using var ours = new NetworkStream(accepted, ownsSocket: true);
            await using var theirs = await dialer.ConnectAsync(address, done.Token);
            var requests = ours.CopyToAsync(theirs, done.Token);
            var answers = ForwardAsync(theirs, ours, done.Token);
            await Task.WhenAny(requests, answers);
            await done.CancelAsync();
            await Task.WhenAll(requests, answers);
        }
        catch (IngestException failure)
        {
            Refused ??= new IngestEnd(failure.Failure, failure.Message);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side left.
        }
    }

    private async Task ForwardAsync(Stream from, Stream to, CancellationToken cancel)
    {
        var buffer = new byte[BufferBytes];
        var filled = 0;
        while (await from.ReadAsync(buffer.AsMemory(filled), cancel) is > 0 and var read)
        {
            filled += read;
            var output = new MemoryStream();
            var consumed = Inspect(buffer.AsSpan(0, filled), output);
            await to.WriteAsync(output.GetBuffer().AsMemory(0, (int)output.Length), cancel);
            if (consumed < 0)
            {
                return;
            }

            filled -= consumed;
            buffer.AsSpan(consumed, filled).CopyTo(buffer);
        }
    }

    /// <summary>Writes what may pass; the number of bytes done with, or -1 when the connection must end.</summary>
    internal int Inspect(ReadOnlySpan<byte> data, MemoryStream output)
    {
        var at = 0;
        while (true)
        {
            var unit = RtspReader.Read(data[at..]);
            switch (unit.Kind)
            {
                case RtspUnitKind.NeedMore:
                    return at;
                case RtspUnitKind.Malformed:
                    Refused ??= new IngestEnd(FeedFailure.NotACamera, "What answers there is not an RTSP camera.");
                    return -1;
                case RtspUnitKind.Message when unit.Message is { StatusCode: >= 300 and < 400 } or { Method: "REDIRECT" }:
                    Refused ??= new IngestEnd(FeedFailure.AddressDenied, "The camera sends us on to another address.");
                    return -1;
                case RtspUnitKind.Message when unit.Message!["Transport"] is not null:
                    output.Write(WithOwnTransport(unit.Message));
                    break;
                case RtspUnitKind.Interleaved or RtspUnitKind.Message:
                    output.Write(data.Slice(at, unit.Consumed));
                    break;
                default:
                    break; // Garbage stays here.
            }

            at += unit.Consumed;
        }
    }

    private byte[] WithOwnTransport(RtspMessage message)
    {
        var headers = message.Headers
            .Where(h => !h.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            .Select(h => h.Key.Equals("Transport", StringComparison.OrdinalIgnoreCase) ? new(h.Key, OwnTransport(h.Value)) : h)
            .ToList();
        var body = message.Body.ToArray();
        return message.IsResponse
            ? new RtspMessage(message.StatusCode, message.Reason, headers, body).Encode()
            : new RtspMessage(message.Method, message.Uri, headers, body).Encode();
    }

    private string OwnTransport(string transport)
    {
        var text = new StringBuilder();
        foreach (var part in transport.Split(',')[0].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var foreign = part.StartsWith("source", StringComparison.OrdinalIgnoreCase) || part.StartsWith("destination", StringComparison.OrdinalIgnoreCase);
            text.Append(foreign ? "" : part + ";");
        }

        return text.Append("source=").Append(camera).ToString();
    }
}
