using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;
using QRCoder;
using Vigil.Media.WebRtc;
using Vigil.Server.Database;
using Vigil.Server.Hosting.Https;

namespace Vigil.Server.Accounts;

/// <summary>
/// What the person at the terminal sees: the addresses, a QR code for the phone, and the set-up code while there is no account. Written to the
/// terminal, not to the log.
/// </summary>
internal sealed class Welcome(
    IServer server, IHostApplicationLifetime lifetime, IHostEnvironment environment, IConfiguration configuration, DatabaseState state, AccountDirectory accounts,
    SetupCode code, ServerCertificate certificate, WebRtcSessions webRtc) : BackgroundService
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
            Print(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
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

    private void Print(ICollection<string> addresses)
    {
        var all = addresses.Select(address => new Uri(address.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//[::]", "//0.0.0.0", StringComparison.Ordinal)))
            .ToList();
        var cards = OwnNames.Lan().Take(6).ToList();
        var lan = cards.ConvertAll(Host);
        // A public address is outside of what our own authority may vouch for.
        var secure = cards.Where(ip => certificate.Authority?.Constraints.Permit(ip) ?? true).Select(Host).ToList();
        var text = new List<string> { "", "  Vigil is running:" };
        text.AddRange(all.SelectMany(address => address.Host != "0.0.0.0" ? [At(address, address.Host)]
            : (address.Scheme == "https" ? secure : lan).Prepend("localhost").Select(host => At(address, host))).Select(url => "    " + url));
        if (certificate.Authority is { } authority)
        {
            var plain = all.Find(address => address.Scheme == "http");
            text.Add("");
            text.Add($"  Camera, microphone and push need https. {(plain is null ? "" : $"Once on each phone: {At(plain, plain.Host != "0.0.0.0" ? plain.Host : lan.FirstOrDefault("localhost"))}/trust")}".TrimEnd());
            text.Add($"  Fingerprint of the certificate to install (SHA-256): {authority.Fingerprint}");
        }

        if (webRtc.Trouble is { } trouble)
        {
            text.Add("");
            text.Add($"  No live pictures by WebRTC: {trouble}. They come another way; phones as room cameras cannot send until it is free.");
        }

        if (all.Find(address => address.Host == "0.0.0.0") is { } everywhere && lan.Count > 0)
        {
            using var generator = new QRCodeGenerator();
            using var data = generator.CreateQrCode(At(everywhere, lan[0]), QRCodeGenerator.ECCLevel.L);
            using var picture = new AsciiQRCode(data);
            text.Add("");
            text.AddRange(picture.GetGraphicSmall().Split('\n').Select(line => "    " + line.TrimEnd('\r')));
        }

        Console.WriteLine(string.Join('\n', text));

        static string Host(IPAddress ip) => ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]" : ip.ToString();

        static string At(Uri address, string host) => string.Create(CultureInfo.InvariantCulture, $"{address.Scheme}://{host}:{address.Port}");
    }
}
