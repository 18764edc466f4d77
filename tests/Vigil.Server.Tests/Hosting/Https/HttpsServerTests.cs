using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Hosting;
using Vigil.Server.Hosting.Https;
using Vigil.Testing;

namespace Vigil.Server.Tests.Hosting.Https;

public sealed class HttpsServerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task At_the_first_start_the_server_speaks_https_to_whoever_installed_its_authority()
    {
        await using var server = await StartAsync();
        var trust = await server.Client.GetFromJsonAsync<JsonNode>("/api/v1/trust", Cancel);
        var secure = new Uri((string)trust!["secureOrigin"]!);
        var authority = X509CertificateLoader.LoadCertificate(await server.Client.GetByteArrayAsync("/trust/ca.crt", Cancel));

        using var client = Trusting(authority, secure);
        using var answer = await client.GetAsync("/health", Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.Contains("Strict-Transport-Security").ShouldBeFalse();
        ((string)trust["authority"]!["fingerprint"]!).Replace(":", "", StringComparison.Ordinal).ShouldBe(authority.GetCertHashString(HashAlgorithmName.SHA256));
        X509Certificate2.CreateFromPem(await server.Client.GetStringAsync("/trust/ca.pem", Cancel)).RawData.ShouldBe(authority.RawData);
        (await server.Client.GetStringAsync("/trust/vigil.mobileconfig", Cancel)).ShouldContain(Convert.ToBase64String(authority.RawData));
        using var page = await server.Client.GetAsync("/trust", Cancel);
        page.Headers.Location!.ToString().ShouldBe("/app/trust");
    }

    [Fact]
    public async Task The_keys_are_readable_by_the_server_alone_and_no_answer_holds_them()
    {
        await using var server = await StartAsync();
        var paths = server.Services.GetRequiredService<VigilPaths>();

        foreach (var file in new[] { ServerCertificate.AuthorityFile(paths), ServerCertificate.LeafFile(paths) })
        {
            File.GetUnixFileMode(file).ShouldBe(PrivateFile.Mode);
            Path.GetDirectoryName(file).ShouldBe(paths.Keys);
        }

        File.GetUnixFileMode(paths.Keys).ShouldBe(VigilPaths.Private);
        (await server.Client.GetStringAsync("/trust/ca.pem", Cancel)).ShouldNotContain("PRIVATE");
    }

    [Fact]
    public async Task Cookies_are_bound_to_the_host_on_https_and_its_pages_may_call_it()
    {
        await using var server = await StartAsync();
        var secure = server.Services.GetRequiredService<SecureOrigin>();
        var origin = $"https://127.0.0.1:{secure.Port}";
        using var client = Trusting(server.Services.GetRequiredService<ServerCertificate>().Authority!.Certificate, new Uri(origin));

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/setup")
        {
            Content = JsonContent.Create(new { email = "ana@example.org", password = "warm milk at nine", name = "Ana", householdName = "Home", timeZone = "UTC" }),
            Headers = { { "Origin", origin } },
        };
        using var made = await client.SendAsync(request, Cancel);

        made.EnsureSuccessStatusCode();
        var cookie = made.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem();
        cookie.ShouldStartWith("__Host-vigil=");
        cookie.ShouldContain("secure", Case.Insensitive);
        // The page of the other port is another origin.
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/health") { Headers = { { "Origin", server.Address.GetLeftPart(UriPartial.Authority) } } };
        (await client.SendAsync(foreign, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task No_camera_may_live_behind_our_own_https_port()
    {
        await using var server = await StartAsync();
        var port = server.Services.GetRequiredService<SecureOrigin>().Port!.Value;

        new OwnListeners(server.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>())
            .ShouldContain(new IPEndPoint(IPAddress.Loopback, port));
    }

    [Fact]
    public async Task A_new_address_is_in_the_certificate_of_the_next_connection_and_the_authority_stays()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        IReadOnlyList<IPAddress> cards = [IPAddress.Parse("192.168.1.5")];
        await using var server = await StartAsync(time, () => cards);
        var certificate = server.Services.GetRequiredService<ServerCertificate>();
        var before = await HandshakeAsync(server);
        LeafNames.Of(before).ShouldContain("192.168.1.5");
        var fingerprint = certificate.Authority!.Fingerprint;

        cards = [IPAddress.Parse("192.168.7.77"), IPAddress.Parse("2001:db8::7")];
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(30), () => certificate.Current!.TargetCertificate.Thumbprint != before.Thumbprint);

        var after = await HandshakeAsync(server);
        LeafNames.Of(after).ShouldContain("192.168.7.77");
        LeafNames.Of(after).ShouldNotContain("2001:db8::7", "a public address would spoil the certificate");
        certificate.Authority.Fingerprint.ShouldBe(fingerprint);
        certificate.Authority.HasIssued(after).ShouldBeTrue();
    }

    [Fact]
    public async Task An_address_that_comes_and_goes_makes_no_new_certificate()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        IReadOnlyList<IPAddress> cards = [IPAddress.Parse("192.168.1.5")];
        var looks = 0;
        await using var server = await StartAsync(time, () =>
        {
            Interlocked.Increment(ref looks);
            return cards;
        });
        var certificate = server.Services.GetRequiredService<ServerCertificate>();
        var before = certificate.Current!.TargetCertificate.Thumbprint;

        cards = [];
        var seen = Volatile.Read(ref looks);
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(30), () => Volatile.Read(ref looks) > seen + 1);

        certificate.Current.TargetCertificate.Thumbprint.ShouldBe(before);
    }

    [Fact]
    public async Task Network_cards_that_cannot_be_asked_for_a_while_stop_neither_the_server_nor_https()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        var isAsking = true;
        await using var server = await StartAsync(
            time, () => isAsking ? [IPAddress.Parse("192.168.1.5")] : throw new System.Net.NetworkInformation.NetworkInformationException(24));
        var certificate = server.Services.GetRequiredService<ServerCertificate>();
        var before = certificate.Current!.TargetCertificate.Thumbprint;

        isAsking = false;
        await LookAsync(time, certificate);

        (await HandshakeAsync(server)).Thumbprint.ShouldBe(before);
    }

    [Fact]
    public async Task Thirty_days_before_its_end_the_certificate_is_renewed()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var server = await StartAsync(time);
        var certificate = server.Services.GetRequiredService<ServerCertificate>();
        var before = certificate.Current!.TargetCertificate;

        time.SetWallClock(before.NotAfter.ToUniversalTime() - TimeSpan.FromDays(31));
        await LookAsync(time, certificate);
        certificate.Current.TargetCertificate.Thumbprint.ShouldBe(before.Thumbprint);
        time.SetWallClock(before.NotAfter.ToUniversalTime() - TimeSpan.FromDays(29));
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(30), () => certificate.Current.TargetCertificate.Thumbprint != before.Thumbprint);

        certificate.Current.TargetCertificate.NotAfter.ShouldBeGreaterThan(before.NotAfter.AddDays(300));
    }

    [Fact]
    public async Task A_certificate_of_ones_own_is_served_and_read_again_when_the_files_change()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        var folder = Directory.CreateTempSubdirectory("vigil-own-").FullName;
        var (file, keyFile) = (Path.Combine(folder, "fullchain.pem"), Path.Combine(folder, "privkey.pem"));
        using var root = LocalAuthority.Create("elsewhere");
        Put(root.Issue(["first.local"], [], time.GetUtcNow()));
        await using var server = await StartAsync(time, settings: new() { ["Https:Certificate"] = file, ["Https:Key"] = keyFile });
        var certificate = server.Services.GetRequiredService<ServerCertificate>();

        LeafNames.Of(await HandshakeAsync(server)).ShouldBe(["first.local"]);
        (await server.Client.GetAsync("/trust/ca.crt", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound, "there is nothing of ours to install");
        // Half of a replacement: the certificate is new, the key is still the old one.
        var next = root.Issue(["second.local"], [], time.GetUtcNow());
        await File.WriteAllTextAsync(file, next.ExportCertificatePem(), Cancel);
        await LookAsync(time, certificate);
        LeafNames.Of(await HandshakeAsync(server)).ShouldBe(["first.local"]);
        Put(next);
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(30), () => LeafNames.Of(certificate.Current!.TargetCertificate) is ["second.local"]);

        LeafNames.Of(await HandshakeAsync(server)).ShouldBe(["second.local"]);
        Directory.Delete(folder, recursive: true);

        void Put(X509Certificate2 leaf)
        {
            File.WriteAllText(file, leaf.ExportCertificatePem() + "\n" + root.Certificate.ExportCertificatePem());
            File.WriteAllText(keyFile, leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        }
    }

    [Fact]
    public async Task A_damaged_authority_costs_https_and_nothing_else_and_is_not_overwritten()
    {
        var data = Directory.CreateTempSubdirectory("vigil-damaged-").FullName;
        var paths = new VigilPaths(data);
        paths.Create();
        await File.WriteAllTextAsync(ServerCertificate.AuthorityFile(paths), "-----BEGIN", Cancel);
        await using var server = await StartAsync(settings: new() { ["Data"] = data });

        (await server.Client.GetAsync("/health", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await File.ReadAllTextAsync(ServerCertificate.AuthorityFile(paths), Cancel)).ShouldBe("-----BEGIN");
        await Should.ThrowAsync<Exception>(() => HandshakeAsync(server));
    }

    [Fact]
    public async Task Addresses_for_other_devices_keep_the_host_that_was_asked_for_and_have_https_where_there_is_some()
    {
        await using var server = await StartAsync();
        var origins = server.Services.GetRequiredService<SecureOrigin>();
        var port = origins.Port;

        Of("http", "192.168.1.5", 8000).ShouldBe((origins.Of(Request("http", "192.168.1.5", 8000))!, "http://192.168.1.5:8000"));
        Of("http", "vigil.local", 8000).ShouldBe(($"https://vigil.local:{port}", "http://vigil.local:8000"));
        Of("http", "[fd00::2]", 8000).ShouldBe(($"https://[fd00::2]:{port}", "http://[fd00::2]:8000"));
        Of("https", "vigil.local", port!.Value, port.Value).ShouldBe(($"https://vigil.local:{port}", $"http://vigil.local:{server.Address.Port}"));
        // Through a proxy: its own certificate, its own address.
        Of("https", "cam.example.org", null).ShouldBe(("https://cam.example.org", "https://cam.example.org"));
        // This server listens on loopback only, so there is nowhere else to send anybody.
        Of("http", "localhost", 8000).ShouldBe(($"https://localhost:{port}", "http://localhost:8000"));

        (string Another, string Before) Of(string scheme, string host, int? at, int localPort = 1)
        {
            var request = Request(scheme, host, at, localPort);
            return (origins.ForAnotherDevice(request), origins.BeforeTrust(request.HttpContext));
        }

        static HttpRequest Request(string scheme, string host, int? at, int localPort = 1)
        {
            var context = new DefaultHttpContext { Request = { Scheme = scheme, Host = at is { } p ? new HostString(host, p) : new HostString(host) } };
            context.Connection.LocalPort = localPort;
            return context.Request;
        }
    }

    [Fact]
    public async Task A_machine_without_a_clock_has_https_as_soon_as_it_knows_the_time()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        await using var server = await StartAsync(time);
        var certificate = server.Services.GetRequiredService<ServerCertificate>();
        certificate.Current.ShouldBeNull();
        var fingerprint = certificate.Authority!.Fingerprint;

        var now = TimeProvider.System.GetUtcNow();
        time.SetWallClock(now);
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(30), () => certificate.Current is not null);

        certificate.Current!.TargetCertificate.NotBefore.ToUniversalTime().ShouldBe(now.UtcDateTime.AddDays(-1), TimeSpan.FromHours(1));
        certificate.Authority.Fingerprint.ShouldBe(fingerprint);
        await HandshakeAsync(server);
    }

    [Fact]
    public async Task Headers_that_browsers_take_over_https_only_are_sent_over_https_only()
    {
        await using var server = await StartAsync();
        var trust = await server.Client.GetFromJsonAsync<JsonNode>("/api/v1/trust", Cancel);
        using var secure = Trusting(server.Services.GetRequiredService<ServerCertificate>().Authority!.Certificate, new Uri((string)trust!["secureOrigin"]!));

        using var overHttp = await server.Client.GetAsync("/health", Cancel);
        using var overHttps = await secure.GetAsync("/health", Cancel);

        overHttp.Headers.Contains("Cross-Origin-Opener-Policy").ShouldBeFalse("the page's console would complain");
        overHttps.Headers.Contains("Cross-Origin-Opener-Policy").ShouldBeTrue();
    }

    [Fact]
    public async Task A_restored_server_keeps_the_trust_of_the_phones()
    {
        var folder = Directory.CreateTempSubdirectory("vigil-moved-").FullName;
        var (file, data, database) = (Path.Combine(folder, "backup"), Path.Combine(folder, "data"), await (await TestCluster.GetAsync()).CreateEmptyDatabaseAsync());
        string fingerprint;
        await using (var old = await StartAsync())
        {
            fingerprint = old.Services.GetRequiredService<ServerCertificate>().Authority!.Fingerprint;
            await Backup.WriteAsync(file, "warm milk at nine", old.Services, Cancel);
        }

        await using (var offline = VigilServer.Build(["--data", data, "--ConnectionStrings:Vigil", database, "--environment", Commands.Environment]))
        {
            await Restore.ReadAsync(file, "warm milk at nine", offline.Services, Cancel);
        }

        await using (var moved = await TestServer.StartAsync(
            settings: new Dictionary<string, string> { ["Https:Urls"] = "https://127.0.0.1:0", ["Data"] = data }, database: database))
        {
            var certificate = moved.Services.GetRequiredService<ServerCertificate>();
            certificate.Authority!.Fingerprint.ShouldBe(fingerprint);
            certificate.Authority.HasIssued(await HandshakeAsync(moved)).ShouldBeTrue();
            File.GetUnixFileMode(ServerCertificate.AuthorityFile(new VigilPaths(data))).ShouldBe(PrivateFile.Mode);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("127.0.0.1", "__Host-vigil=", "https://cam.example.org", HttpStatusCode.OK)]
    [InlineData("10.9.9.9", "vigil=", "https://cam.example.org", HttpStatusCode.Forbidden)]
    public async Task Https_at_a_proxy_counts_only_when_the_proxy_is_ours(string proxy, string cookie, string origin, HttpStatusCode fromItsPage)
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string>
        {
            ["Hosting:Proxies:0"] = proxy,
            ["Hosting:Hosts:0"] = "cam.example.org",
        });
        await server.Client.PostAsJsonAsync(
            "/api/v1/setup", new { email = "ana@example.org", password = "warm milk at nine", name = "Ana", householdName = "Home", timeZone = "UTC" }, Cancel);

        using var signedIn = await Through(HttpMethod.Post, "/api/v1/session", JsonContent.Create(new { login = "ana@example.org", password = "warm milk at nine" }));
        using var fromPage = await Through(HttpMethod.Get, "/api/v1/trust", null, origin);
        using var plain = await Through(HttpMethod.Get, "/api/v1/trust", null);

        signedIn.Headers.GetValues("Set-Cookie").Single().ShouldStartWith(cookie);
        fromPage.StatusCode.ShouldBe(fromItsPage);
        ((string?)(await plain.Content.ReadFromJsonAsync<JsonNode>(Cancel))!["secureOrigin"]).ShouldBe(fromItsPage == HttpStatusCode.OK ? origin : null);

        async Task<HttpResponseMessage> Through(HttpMethod method, string path, HttpContent? content, string? origin = null)
        {
            using var request = new HttpRequestMessage(method, path)
            {
                Content = content,
                Headers = { { "Host", "cam.example.org" }, { "X-Forwarded-For", "203.0.113.7" }, { "X-Forwarded-Proto", "https" } },
            };
            if (origin is not null)
            {
                request.Headers.Add("Origin", origin);
            }

            return await server.Client.SendAsync(request, Cancel);
        }
    }

    private static Task<TestServer> StartAsync(
        TimeProvider? time = null, Func<IEnumerable<IPAddress>>? cards = null, Dictionary<string, string>? settings = null) =>
        TestServer.StartAsync(time, new Dictionary<string, string>(settings ?? []) { ["Https:Urls"] = "https://127.0.0.1:0" }, services =>
        {
            if (cards is not null)
            {
                services.Replace(ServiceDescriptor.Singleton(provider => new OwnNames(provider.GetRequiredService<IOptions<HostingOptions>>(), cards)));
            }
        });

    /// <summary>The loop has looked at least once since.</summary>
    private static async Task LookAsync(ManualTime time, ServerCertificate certificate)
    {
        var looks = certificate.Looks;
        await Tick.UntilAsync(time, TimeSpan.FromSeconds(30), () => certificate.Looks > looks);
    }

    private static async Task<X509Certificate2> HandshakeAsync(TestServer server)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Services.GetRequiredService<SecureOrigin>().Port!.Value, Cancel);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null }, Cancel);
        return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.GetRawCertData());
    }

    private static HttpClient Trusting(X509Certificate2 authority, Uri address) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        SslOptions =
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    })
    {
        BaseAddress = address,
    };
}
