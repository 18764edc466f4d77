using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;
using QRCoder;
using Vigil.Server.Database;

namespace Vigil.Server.Accounts;

/// <summary>
/// What the person at the terminal sees: the addresses, a QR code for the phone, and the set-up code while there is no account. Written to the
/// terminal, not to the log.
/// </summary>
internal sealed class Welcome(
    IServer server, IHostApplicationLifetime lifetime, IHostEnvironment environment, IConfiguration configuration, DatabaseState state, AccountDirectory accounts,
    SetupCode code) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (environment.IsEnvironment("Testing"))
        {
            return;
        }

        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        if (configuration.GetValue("Banner", "0") is "1" or "true")
        {
            PrintAddresses(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        }

        await state.WaitUntilAvailableAsync(stoppingToken);
        try
        {
            if (!await accounts.AnyAsync(stoppingToken))
            {
                Console.WriteLine($"\n  Set-up code for the first account: {code.Value}\n");
            }
        }
        catch (NpgsqlException)
        {
            // Away again already; the page will say so, too.
        }
    }

    private static void PrintAddresses(ICollection<string> addresses)
    {
        var everywhere = addresses.Select(address => new Uri(address.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//[::]", "//0.0.0.0", StringComparison.Ordinal)))
            .Where(address => address.Host == "0.0.0.0").ToList();
        var text = new List<string> { "", "  Vigil is running:" };
        if (everywhere.Count == 0)
        {
            text.AddRange(addresses.Select(address => $"    {address}"));
            Console.WriteLine(string.Join('\n', text));
            return;
        }

        var address = everywhere[0];
        text.Add(string.Create(CultureInfo.InvariantCulture, $"    {address.Scheme}://localhost:{address.Port}"));
        var lan = LanAddresses().Select(ip => string.Create(
            CultureInfo.InvariantCulture, $"{address.Scheme}://{(ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]" : ip.ToString())}:{address.Port}")).ToList();
        text.AddRange(lan.Select(url => $"    {url}"));
        if (lan.Count > 0)
        {
            using var generator = new QRCodeGenerator();
            using var data = generator.CreateQrCode(lan[0], QRCodeGenerator.ECCLevel.L);
            using var picture = new AsciiQRCode(data);
            text.Add("");
            text.AddRange(picture.GetGraphicSmall().Split('\n').Select(line => "    " + line.TrimEnd('\r')));
        }

        Console.WriteLine(string.Join('\n', text));
    }

    /// <summary>This machine's addresses in the house: IPv4 first, containers' and virtual bridges left out.</summary>
    private static IEnumerable<IPAddress> LanAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus == OperationalStatus.Up && card.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .Where(card => !card.Name.StartsWith("docker", StringComparison.Ordinal) && !card.Name.StartsWith("br-", StringComparison.Ordinal)
                && !card.Name.StartsWith("veth", StringComparison.Ordinal) && !card.Name.StartsWith("virbr", StringComparison.Ordinal))
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(ip => ip.AddressFamily == AddressFamily.InterNetwork || (ip.AddressFamily == AddressFamily.InterNetworkV6 && !ip.IsIPv6LinkLocal))
            .OrderBy(ip => ip.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
            .Take(6);
}
