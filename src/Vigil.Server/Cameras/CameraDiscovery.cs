using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;
using Vigil.Media.Ingest;

namespace Vigil.Server.Cameras;

/// <summary>A camera that answered on the local network.</summary>
public sealed record FoundCamera
{
    public required string Name { get; init; }

    public required string Manufacturer { get; init; }

    public required string Model { get; init; }

    public required string Host { get; init; }

    public required string OnvifUrl { get; init; }

    /// <summary>Best first; empty when the make is unknown and no credentials were given.</summary>
    public required IReadOnlyList<string> SuggestedAddresses { get; init; }
}

/// <summary>
/// Finds cameras on the local network: a WS-Discovery probe by multicast out of every interface, and, with credentials, the stream
/// addresses from the cameras themselves. One search at a time for the whole server; an answer counts only from the host it names.
/// </summary>
public sealed partial class CameraDiscovery(IOptions<CameraOptions> options, IServer server, TimeProvider time, ILogger<CameraDiscovery> logger) : IDisposable
{
    private const int MostCameras = 64;
    private static readonly IPEndPoint Multicast = new(IPAddress.Parse("239.255.255.250"), 3702);
    private static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(3);

    private readonly AddressPolicy policy = new(options.Value.AllowLoopback, new OwnListeners(server), _ => false);
    private readonly SemaphoreSlim searching = new(1);

    public async Task<IReadOnlyList<FoundCamera>> SearchAsync(string? username, string? password, CancellationToken cancel)
    {
        await searching.WaitAsync(cancel);
        try
        {
            var found = await ProbeAsync(cancel);
            var cameras = await Task.WhenAll(found.Values.Select(d => DescribeAsync(d, username, password, cancel)));
            return [.. cameras.OrderBy(c => c.Host, StringComparer.Ordinal)];
        }
        finally
        {
            searching.Release();
        }
    }

    public void Dispose() => searching.Dispose();

    private async Task<Dictionary<string, (DiscoveredDevice Device, Uri Address)>> ProbeAsync(CancellationToken cancel)
    {
        var found = new Dictionary<string, (DiscoveredDevice, Uri)>();
        var sockets = OpenSockets();
        using var over = new CancellationTokenSource(options.Value.DiscoveryTime, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, over.Token);
        try
        {
            await Task.WhenAll(sockets.Select(s => ListenAsync(s, found, both.Token)));
        }
        finally
        {
            sockets.ForEach(s => s.Dispose());
        }

        cancel.ThrowIfCancellationRequested();
        return found;
    }

    private async Task ListenAsync(Socket socket, Dictionary<string, (DiscoveredDevice, Uri)> found, CancellationToken cancel)
    {
        var buffer = new byte[DiscoveryMessages.LongestAnswer];
        try
        {
            // Twice, as the specification advises: UDP loses datagrams.
            var probe = DiscoveryMessages.Probe(Guid.NewGuid());
            await socket.SendToAsync(probe, Multicast, cancel);
            await socket.SendToAsync(probe, Multicast, cancel);
            while (true)
            {
                var got = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), cancel);
                var from = ((IPEndPoint)got.RemoteEndPoint).Address;
                foreach (var device in DiscoveryMessages.ReadMatches(buffer.AsSpan(0, got.ReceivedBytes)))
                {
                    // A device that names another host's address would have us connect there on its behalf.
                    var own = device.Addresses.FirstOrDefault(a => IPAddress.TryParse(a.Host, out var ip) && ip.Equals(from));
                    if (own is not null && policy.Check(from, own.Port) == AddressVerdict.Allowed)
                    {
                        lock (found)
                        {
                            if (found.Count < MostCameras)
                            {
                                found.TryAdd(own.Host, (device, own));
                            }
                        }
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (SocketException failure)
        {
            LogNotSearched(logger, failure.SocketErrorCode);
        }
    }

    private static List<Socket> OpenSockets()
    {
        var sockets = new List<Socket>();
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces()
            .Where(n => n.OperationalStatus == OperationalStatus.Up && n.SupportsMulticast && n.NetworkInterfaceType != NetworkInterfaceType.Loopback))
        {
            foreach (var address in network.GetIPProperties().UnicastAddresses.Select(u => u.Address).Where(a => a.AddressFamily == AddressFamily.InterNetwork))
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                socket.Bind(new IPEndPoint(address, 0));
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, address.GetAddressBytes());
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, 1);
                sockets.Add(socket);
            }
        }

        return sockets;
    }

    private async Task<FoundCamera> DescribeAsync(
        (DiscoveredDevice Device, Uri Address) found, string? username, string? password, CancellationToken cancel)
    {
        var (device, address) = found;
        var hardware = device.Scope("hardware");
        var name = device.Scope("name");
        var manufacturer = device.Scope("mfr") is { Length: > 0 } mfr ? mfr : name.Split(' ')[0];
        var streams = string.IsNullOrEmpty(username) ? [] : await AskStreamsAsync(address, username, password, cancel);
        return new FoundCamera
        {
            Name = name.Length > 0 ? name : address.Host,
            Manufacturer = manufacturer,
            Model = hardware,
            Host = address.Host,
            OnvifUrl = address.ToString(),
            SuggestedAddresses = [.. streams.Concat(Vendors.Suggest(manufacturer, address.Host)).Distinct()],
        };
    }

    private async Task<IReadOnlyList<string>> AskStreamsAsync(Uri device, string username, string? password, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(AskPatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, MaxResponseHeadersLength = 16 });
            http.MaxResponseContentBufferSize = DiscoveryMessages.LongestAnswer;
            var profiles = DiscoveryMessages.ReadProfiles(await AskAsync(http, device, DiscoveryMessages.GetProfiles(username, password, time.GetUtcNow()), both.Token));
            var streams = new List<string>();
            foreach (var profile in profiles)
            {
                var request = DiscoveryMessages.GetStreamUri(profile, username, password, time.GetUtcNow());
                var stream = DiscoveryMessages.ReadStreamUri(await AskAsync(http, device, request, both.Token));
                if (CameraAddress.TryParse(stream, out _) is { } address && CameraAddress.HostOf(address.Text) == device.IdnHost)
                {
                    // Whole, with what is hidden once it is stored: it goes to whoever has just given the camera's own credentials.
                    streams.Add(CameraAddress.ToConnect(address.Text, address.Password, address.Hidden).OriginalString);
                }
            }

            return streams;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException or UriFormatException && !cancel.IsCancellationRequested)
        {
            return [];
        }
    }

    /// <summary>Most cameras answer media requests at the device's own address; those that do not are left to the patterns.</summary>
    private static async Task<byte[]> AskAsync(HttpClient http, Uri device, string request, CancellationToken cancel)
    {
        using var content = new StringContent(request, Encoding.UTF8, "application/soap+xml");
        using var answer = await http.PostAsync(device, content, cancel);
        return await answer.Content.ReadAsByteArrayAsync(cancel);
    }

    [LoggerMessage(EventId = 1020, Level = LogLevel.Information, Message = "One network interface could not be searched for cameras ({Error}).")]
    private static partial void LogNotSearched(ILogger logger, SocketError error);
}
