using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;
using Vigil.Media.Ingest;

namespace Vigil.Server.Cameras;

/// <summary>
/// Tells a member at once that an address leads where Vigil never goes. The engine checks again at every connect and redirect; this is
/// for the answer, not for safety. A name that cannot be resolved now is accepted: cameras are switched off at times.
/// </summary>
public sealed class CameraDestinations(IOptions<CameraOptions> options, IServer server, TimeProvider time)
{
    private readonly AddressPolicy policy = new(options.Value.AllowLoopback, new OwnListeners(server), IsOwnAddress);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>By field; also put into the errors of <paramref name="form"/>.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RefusalsAsync(CameraForm form, CancellationToken cancel)
    {
        var refusals = new Dictionary<string, string>();
        foreach (var (field, address) in form.Addresses)
        {
            if (await RefusalAsync(CameraAddress.ToConnect(address, null, []), cancel) is { } refusal)
            {
                refusals[field] = refusal;
                form.Refuse(field, refusal);
            }
        }

        return refusals;
    }

    private async Task<string?> RefusalAsync(Uri address, CancellationToken cancel)
    {
        var verdict = policy.Check(address);
        if (verdict != AddressVerdict.Allowed || address.Scheme is "test" or CameraAddress.Published)
        {
            return verdict == AddressVerdict.Allowed ? null : AddressPolicy.Explain(verdict);
        }

        var port = address.Port > 0 ? address.Port : address.Scheme == "rtsps" ? 322 : 554;
        var verdicts = (await ResolveAsync(address.IdnHost, cancel)).Select(ip => policy.Check(ip, port)).ToList();
        return verdicts.Count == 0 || verdicts.Contains(AddressVerdict.Allowed) ? null : AddressPolicy.Explain(verdicts[0]);
    }

    private static bool IsOwnAddress(IPAddress address) =>
        NetworkInterface.GetAllNetworkInterfaces().Any(n => n.GetIPProperties().UnicastAddresses.Any(a => a.Address.Equals(address)));

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await Dns.GetHostAddressesAsync(host, both.Token);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return [];
        }
    }
}
