using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

/// <summary>
/// A phone in the house: the server by its name, because every browser trusts loopback anyway, and a browser that has installed the server's authority
/// as a person would.
/// </summary>
public sealed class HttpsTests
{
    private static readonly string Name = $"{Environment.MachineName.ToLowerInvariant()}.local";

    [Fact]
    public async Task A_device_that_installed_the_certificate_is_in_a_secure_place_signs_in_and_sees_the_camera_by_webcodecs()
    {
        await using var home = await Home.WithCamera();
        var secure = new Uri((string)(await home.Owner.Get("api/v1/trust"))["secureOrigin"]!);
        await using var phone = await Chromium.Start(Name, await home.Owner.Download("trust/ca.pem"));
        var person = await phone.Person(new UriBuilder(secure) { Host = Name }.Uri, 390, 844);
        var page = await person.NewPageAsync();
        var sockets = new List<string>();
        page.WebSocket += (_, socket) => sockets.Add(socket.Url);

        // Over http this is no place for a camera; the page knows that the device trusts, and leads on.
        await page.GotoAsync($"http://{Name}:{home.Server.Port}/trust");
        (await page.EvaluateAsync<bool>("isSecureContext")).ShouldBeFalse();
        (await page.EvaluateAsync<bool>("'mediaDevices' in navigator")).ShouldBeFalse();
        var lead = page.GetByRole(AriaRole.Link, new() { Name = "Open Vigil over https" });
        await Assertions.Expect(lead).ToBeVisibleAsync();
        await page.Screenshot("trust-trusted");
        await lead.ClickAsync();

        await page.GetByLabel("E-mail or user name").FillAsync(Home.Email);
        await page.GetByLabel(new Regex("^Password")).FillAsync(Home.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.LivePicture(Home.Room).ShouldMove();

        page.Url.ShouldStartWith($"https://{Name}:{secure.Port}/app/");
        (await page.EvaluateAsync<bool>("isSecureContext && typeof navigator.mediaDevices.getUserMedia === 'function' && 'VideoDecoder' in window")).ShouldBeTrue();
        var cookie = (await person.CookiesAsync()).ShouldHaveSingleItem();
        (cookie.Name, cookie.Secure, cookie.HttpOnly, cookie.Path).ShouldBe(("__Host-vigil", true, true, "/"));
        sockets.ShouldContain($"wss://{Name}:{secure.Port}/ws/live");
        sockets.ShouldAllBe(url => url.StartsWith("wss://", StringComparison.Ordinal));

        await page.GotoAsync($"/app/cameras/{home.CameraId}?player=webcodecs");
        await page.LivePicture(Home.Room).ShouldMove();
        await Assertions.Expect(page.Locator("[data-path=webcodecs] canvas")).ToBeVisibleAsync();
        await page.Screenshot("camera-webcodecs");

        // A stranger's page asks who it is, and is told that it is nobody.
        phone.ShouldHaveNothingToComplainAbout("/api/v1/me");
        home.ShouldHaveBeenWell();
    }

    [Fact]
    public async Task A_device_without_the_certificate_is_told_so_and_how_to_get_it()
    {
        await using var server = await VigilServer.Start();
        await using var phone = await Chromium.Start(Name);
        var person = await phone.Person(new Uri($"http://{Name}:{server.Port}/"), 390, 844);
        var page = await person.NewPageAsync();

        await page.GotoAsync("/trust");

        await Assertions.Expect(page.GetByText("This device does not trust Vigil yet.")).ToBeVisibleAsync();
        await page.GetByLabel("This device is").SelectOptionAsync("Android");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download the certificate" }).ClickAsync());
        download.SuggestedFilename.ShouldBe("vigil-ca.crt");
        using var authority = X509CertificateLoader.LoadCertificateFromFile(await download.PathAsync());
        await Assertions.Expect(page.GetByText(Regex.Replace(authority.GetCertHashString(HashAlgorithmName.SHA256), "(?<=.)(?=(..)+$)", ":"))).ToBeVisibleAsync();
        phone.ShouldHaveNothingToComplainAbout("ERR_CERT_AUTHORITY_INVALID");
    }

    [Fact]
    public async Task Whoever_steals_the_key_cannot_pretend_to_be_a_bank_before_a_device_that_trusts_it()
    {
        await using var server = await VigilServer.Start();
        var pem = await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "keys", "https-authority.pem"), TestContext.Current.CancellationToken);
        using var authority = X509Certificate2.CreateFromPem(pem, pem);
        await using var phone = await Chromium.Start("*", System.Text.Encoding.ASCII.GetBytes(authority.ExportCertificatePem()));
        var page = await (await phone.Person(server.Address)).NewPageAsync();

        // The same thief in the house is believed: what is refused is the name, not the forgery.
        (await Visit("thief.local")).ShouldBe("");
        (await Visit("www.bank.example")).ShouldContain("ERR_CERT");

        async Task<string> Visit(string name)
        {
            using var thief = new Impostor(authority, name);
            try
            {
                await page.GotoAsync($"https://{name}:{thief.Port}/");
                return "";
            }
            catch (PlaywrightException refused)
            {
                return refused.Message;
            }
        }
    }

    /// <summary>Answers one page under a forged certificate, as often as it is asked.</summary>
    private sealed class Impostor : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2 forged;

        public Impostor(X509Certificate2 authority, string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
            var now = TimeProvider.System.GetUtcNow();
            using var bare = request.Create(authority, now.AddDays(-1), now.AddDays(30), [1, 2, 3, 4]);
            forged = bare.CopyWithPrivateKey(key);
            listener.Start();
            _ = Serve();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public void Dispose()
        {
            listener.Dispose();
            forged.Dispose();
        }

        private async Task Serve()
        {
            while (true)
            {
                try
                {
                    using var client = await listener.AcceptTcpClientAsync();
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsServerAsync(forged);
                    _ = await tls.ReadAsync(new byte[4096]);
                    await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8.ToArray());
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
                catch (Exception e) when (e is System.Security.Authentication.AuthenticationException or IOException)
                {
                    // Refused, as it should be.
                }
            }
        }
    }
}
