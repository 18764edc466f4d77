using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Vigil.Protocols.Rtsp;

namespace Vigil.Media.Ingest;

/// <summary>Why something could not be reached, in a form that ends in a <see cref="FeedStatus"/>. Messages hold no secret.</summary>
internal sealed class IngestException(FeedFailure failure, string detail, Exception? inner = null) : Exception(detail, inner)
{
    public FeedFailure Failure => failure;
}

/// <summary>
/// Opens every connection to a camera: resolves the name, asks <see cref="AddressPolicy"/> about each address, and connects to that
/// very address, so that a name cannot change its mind in between.
/// </summary>
internal sealed partial class Dialer(AddressPolicy policy, TimeSpan timeout, TimeProvider time, ILogger logger)
{
    private readonly ConcurrentDictionary<string, string> certificates = new(StringComparer.OrdinalIgnoreCase);

    public AddressPolicy Policy => policy;

    public static bool IsOwnAddress(IPAddress address)
    {
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
        {
            foreach (var unicast in network.GetIPProperties().UnicastAddresses)
            {
                if (unicast.Address.Equals(address))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Connects for <paramref name="address"/>, with TLS for rtsps. The caller owns the stream.</summary>
    public async Task<Stream> ConnectAsync(Uri address, CancellationToken cancel)
    {
        var verdict = policy.Check(address);
        if (verdict != AddressVerdict.Allowed)
        {
            throw new IngestException(FeedFailure.AddressDenied, AddressPolicy.Explain(verdict));
        }

        var port = RtspUrl.PortOf(address);
        var stream = new NetworkStream(await ConnectAsync(address.Host, port, cancel), ownsSocket: true);
        return address.Scheme == "rtsps" ? await SecureAsync(stream, address.Host, port, cancel) : stream;
    }

    /// <summary>As <see cref="SocketsHttpHandler.ConnectCallback"/>; TLS is the handler's business.</summary>
    public async ValueTask<Stream> ConnectHttpAsync(SocketsHttpConnectionContext context, CancellationToken cancel) =>
        new NetworkStream(await ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancel), ownsSocket: true);

    /// <summary>The allowed addresses of a host; at least one.</summary>
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, int port, CancellationToken cancel)
    {
        IPAddress[] found;
        try
        {
            found = IPAddress.TryParse(host.Trim('[', ']'), out var literal)
                ? [literal]
                : await Dns.GetHostAddressesAsync(host, cancel);
        }
        catch (SocketException failure)
        {
            throw new IngestException(FeedFailure.NameNotFound, $"The name {host} is not known on this network.", failure);
        }

        var verdict = AddressVerdict.Allowed;
        var allowed = new List<IPAddress>();
        foreach (var address in found)
        {
            var one = policy.Check(address, port);
            if (one == AddressVerdict.Allowed)
            {
                allowed.Add(address);
            }
            else
            {
                verdict = one;
            }
        }

        return allowed.Count > 0 ? allowed
            : verdict == AddressVerdict.Allowed ? throw new IngestException(FeedFailure.NameNotFound, $"The name {host} has no address.")
            : throw new IngestException(FeedFailure.AddressDenied, AddressPolicy.Explain(verdict));
    }

    private async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            Exception? last = null;
            foreach (var address in await ResolveAsync(host, port, both.Token))
            {
                var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(new IPEndPoint(address, port), both.Token);
                    return socket;
                }
                catch (Exception failure) when (failure is SocketException or OperationCanceledException)
                {
                    socket.Dispose();
                    last = failure;
                    if (both.IsCancellationRequested)
                    {
                        break;
                    }
                }
            }

            cancel.ThrowIfCancellationRequested();
            throw new IngestException(FeedFailure.NoAnswer, Words(host, port, last), last);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IngestException(FeedFailure.NoAnswer, $"No answer from {host} on port {port}.");
        }
    }

    private static string Words(string host, int port, Exception? failure) => failure is SocketException socket
        ? socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => $"{host} is there, but nothing listens on port {port}.",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => $"The network does not reach {host}.",
            _ => $"No answer from {host} on port {port}.",
        }
        : $"No answer from {host} on port {port}.";

    /// <summary>
    /// Camera certificates are self-signed and name nobody. They are taken, and a change is noted: the first fingerprint seen of a
    /// host stays remembered while the server runs.
    /// </summary>
    private async Task<Stream> SecureAsync(NetworkStream plain, string host, int port, CancellationToken cancel)
    {
        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
#pragma warning disable CA5359 // See above: cameras have no certificate that could be verified; the fingerprint is compared instead.
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = (_, _, _, _) => true },
                both.Token);
#pragma warning restore CA5359
            NoteCertificate($"{host}:{port}", tls);
            return tls;
        }
        catch (Exception failure)
        {
            await tls.DisposeAsync();
            cancel.ThrowIfCancellationRequested();
            throw new IngestException(FeedFailure.NotACamera, $"{host} does not speak TLS on port {port}: try rtsp instead of rtsps.", failure);
        }
    }

    private void NoteCertificate(string endpoint, SslStream tls)
    {
        if (tls.RemoteCertificate is { } certificate)
        {
            var fingerprint = Convert.ToHexStringLower(SHA256.HashData(certificate.GetRawCertData()));
            var known = certificates.GetOrAdd(endpoint, fingerprint);
            if (known != fingerprint)
            {
                certificates[endpoint] = fingerprint;
                CertificateChanged(logger, endpoint, known[..16], fingerprint[..16]);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The TLS certificate of camera {Endpoint} changed from {Old}… to {New}…")]
    private static partial void CertificateChanged(ILogger logger, string endpoint, string old, string @new);
}
