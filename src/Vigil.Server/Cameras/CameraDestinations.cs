using System.Net;
using System.Net.Sockets;

namespace Vigil.Server.Cameras;

/// <summary>
/// Tells a member at once that an address leads where Vigil never goes. The engine checks again at every connect and redirect; this is
/// for the answer, not for safety. A name that cannot be resolved now is accepted: cameras are switched off at times.
/// </summary>
public sealed class CameraDestinations(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>By field; also put into the errors of <paramref name="form"/>.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RefusalsAsync(CameraForm form, CancellationToken cancel)
    {
        var refusals = new Dictionary<string, string>();
        foreach (var (field, address) in form.Addresses)
        {
            if (await RefusalAsync(CameraAddress.ToConnect(address, ""), cancel) is { } refusal)
            {
                refusals[field] = refusal;
                form.Refuse(field, refusal);
            }
        }

        return refusals;
    }

    private async Task<string?> RefusalAsync(Uri address, CancellationToken cancel) =>
        address.Scheme == "test" || (await ResolveAsync(address.IdnHost, cancel)).Length >= 0 ? null : "";

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
