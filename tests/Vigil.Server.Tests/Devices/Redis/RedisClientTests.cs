using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Vigil.Server.Devices.Redis;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Devices.Redis;

/// <summary>The client against Debian's redis-server.</summary>
public sealed class RedisClientTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commands_follow_each_other_without_waiting_and_each_gets_its_own_answer()
    {
        await using var redis = await RedisProgram.StartAsync();
        await using var run = await Run.StartAsync(redis.Url);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6000).Select(i => run.Client.AskAsync(["ECHO", (long)i], Cancel)));
        answers.Select(answer => answer.Text).ShouldBe(Enumerable.Range(0, 6000).Select(i => i.ToString()));

        run.Client.Post("SET", "key", "value", "PX", 60_000).ShouldBeTrue();
        (await run.Client.AskAsync(["GET", "key"], Cancel)).Text.ShouldBe("value");
        (await run.Client.AskAsync(["GET", "nothing"], Cancel)).Kind.ShouldBe(RespKind.Null);
        (await run.Client.AskAsync(["HGETALL", "nothing"], Cancel)).Kind.ShouldBe(RespKind.Map); // RESP3.
        (await Should.ThrowAsync<RedisException>(() => run.Client.AskAsync(["LPUSH", "key", "x"], Cancel))).Message.ShouldStartWith("WRONGTYPE");
    }

    [Fact]
    public async Task More_than_it_takes_is_not_kept_but_counted()
    {
        await using var redis = await RedisProgram.StartAsync();
        await using var run = await Run.StartAsync(redis.Url);
        await redis.SignalAsync("STOP");
        var large = new byte[1024 * 1024];
        Enumerable.Range(0, 64).Count(_ => run.Client.Post("SET", "large", large)).ShouldBeLessThan(64);
        run.Client.Unsaid.ShouldBeGreaterThan(0);
        await redis.SignalAsync("CONT");
    }

    [Fact]
    public async Task What_is_published_is_heard_even_when_it_is_long()
    {
        await using var redis = await RedisProgram.StartAsync();
        await using var one = await Run.StartAsync(redis.Url, null, "room");
        await using var two = await Run.StartAsync(redis.Url, null, "room", "hall");
        var text = new byte[300_000];
        Random.Shared.NextBytes(text);
        one.Client.Post("PUBLISH", "room", text);
        one.Client.Post("PUBLISH", "hall", "short");
        (await one.HeardAsync()).ShouldBe(("room", Convert.ToHexString(text)));
        (await two.HeardAsync()).ShouldBe(("room", Convert.ToHexString(text)));
        (await two.HeardAsync()).ShouldBe(("hall", Convert.ToHexString("short"u8)));
    }

    [Fact]
    public async Task A_password_with_every_sort_of_sign_is_proved_and_a_wrong_one_is_said_without_itself()
    {
        const string Password = "p@ss:w/ö#d %41";
        await using var redis = await RedisProgram.StartAsync("--requirepass", Password);
        await using (var run = await Run.StartAsync($"redis://:{Uri.EscapeDataString(Password)}@127.0.0.1:{redis.Port}/3"))
        {
            run.Client.Post("SET", "where", "3");
            (await run.Client.AskAsync(["GET", "where"], Cancel)).Text.ShouldBe("3");
        }

        foreach (var (url, why) in new[] { ($"redis://:wrong-one@127.0.0.1:{redis.Port}", "WRONGPASS"), ($"redis://127.0.0.1:{redis.Port}", "NOAUTH") })
        {
            await using var refused = Run.Start(url);
            var said = await refused.SaidAsync("is out of reach");
            said.ShouldContain(why);
            said.ShouldNotContain("wrong-one");
            refused.Client.State.Trouble.ShouldNotBeNull().ShouldContain(why);
        }
    }

    [Fact]
    public async Task A_server_that_knows_no_greeting_is_spoken_to_in_the_older_form()
    {
        await using var redis = await RedisProgram.StartAsync("--rename-command", "HELLO", "", "--requirepass", "north");
        await using var run = await Run.StartAsync($"redis://:north@127.0.0.1:{redis.Port}", null, "room");
        run.Client.Post("PUBLISH", "room", "hi");
        (await run.HeardAsync()).ShouldBe(("room", Convert.ToHexString("hi"u8)));
        (await run.Client.AskAsync(["GET", "nothing"], Cancel)).Kind.ShouldBe(RespKind.Null);
    }

    [Fact]
    public async Task Killed_it_is_away_and_back_again_without_help()
    {
        await using var redis = await RedisProgram.StartAsync();
        await using var run = await Run.StartAsync(redis.Url, null, "room");
        await redis.KillAsync();
        await run.SaidAsync("is out of reach");
        run.Client.State.IsConnected.ShouldBeFalse();
        run.Client.Post("SET", "key", "1").ShouldBeFalse();
        await Should.ThrowAsync<RedisException>(() => run.Client.AskAsync(["PING"], Cancel));

        await redis.StartAgainAsync();
        await run.ConnectedAsync();
        run.Client.State.ShouldSatisfyAllConditions(state => state.IsConnected.ShouldBeTrue(), state => state.Trouble.ShouldBeNull());
        run.Client.Post("PUBLISH", "room", "hi");
        (await run.HeardAsync()).Channel.ShouldBe("room");
    }

    [Fact]
    public async Task One_that_says_nothing_any_more_is_given_up_and_whoever_waits_is_told()
    {
        await using var redis = await RedisProgram.StartAsync();
        await using var run = await Run.StartAsync(redis.Url);
        await redis.SignalAsync("STOP");
        (await Should.ThrowAsync<RedisException>(() => run.Client.AskAsync(["PING"], Cancel))).Message.ShouldContain("before it answered");
        (await run.SaidAsync("is out of reach")).ShouldContain("does not answer");
        await redis.SignalAsync("CONT");
        await run.ConnectedAsync();
    }

    [Fact]
    public async Task Over_TLS_only_the_authority_that_was_named_is_believed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=vigil test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var directory = Directory.CreateTempSubdirectory("vigil-tls-").FullName;
        var (cert, secret) = (Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
        await File.WriteAllTextAsync(cert, certificate.ExportCertificatePem(), Cancel);
        await File.WriteAllTextAsync(secret, key.ExportPkcs8PrivateKeyPem(), Cancel);
        try
        {
            await using var redis = await RedisProgram.StartAsync(
                "--port", "0", "--tls-port", "PORT", "--tls-cert-file", cert, "--tls-key-file", secret, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no");
            await using (var run = await Run.StartAsync($"rediss://127.0.0.1:{redis.Port}", cert, "room"))
            {
                run.Client.Post("PUBLISH", "room", "hi");
                (await run.HeardAsync()).Channel.ShouldBe("room");
            }

            await using var refused = Run.Start($"rediss://127.0.0.1:{redis.Port}");
            (await refused.SaidAsync("is out of reach")).ShouldContain("certificate");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("redis://host", "host:6379", false, 0)]
    [InlineData("rediss://:p%40@[::1]:7000/2", "::1:7000", true, 2)]
    [InlineData("redis://user:p@host.example:1/", "host.example:1", false, 0)]
    public void Addresses_are_as_everywhere(string url, string where, bool tls, int database)
    {
        var address = Of(url)!;
        address.ToString().ShouldBe(where);
        (address.IsTls, address.Database).ShouldBe((tls, database));
    }

    [Theory]
    [InlineData("host:6379")]
    [InlineData("http://host")]
    [InlineData("redis://:secret@host/x")]
    [InlineData("redis://")]
    public void What_is_no_address_is_refused_in_a_sentence_without_its_password(string url) =>
        Should.Throw<RefusedException>(() => Of(url)).Message.ShouldBe("Redis:Url (REDIS_URL) is no address like redis://:password@host:6379/0 or rediss://host.");

    [Fact]
    public void Without_an_address_there_is_no_Redis() => Of("").ShouldBeNull();

    private static RedisAddress? Of(string url, string? authority = null) => RedisAddress.Of(new ConfigurationBuilder().AddInMemoryCollection(
        new Dictionary<string, string?> { [RedisAddress.UrlSetting] = url, [RedisAddress.AuthoritySetting] = authority }).Build());

    /// <summary>A client that runs, and what it heard and logged.</summary>
    private sealed class Run : IAsyncDisposable, ILogger<RedisClient>
    {
        private readonly CancellationTokenSource end = new();
        private readonly Channel<(string, string)> heard = Channel.CreateUnbounded<(string, string)>();
        private readonly Channel<string> said = Channel.CreateUnbounded<string>();
        private readonly Channel<bool> connected = Channel.CreateUnbounded<bool>();
        private Task running = Task.CompletedTask;

        public RedisClient Client { get; private set; } = null!;

        public static Run Start(string url, string? authority = null, params string[] channels)
        {
            var run = new Run();
            run.Client = new RedisClient(Of(url, authority), TimeProvider.System, run);
            run.running = run.Client.RunAsync(
                channels.Length > 0 ? channels : ["nothing"],
                (channel, message) => run.heard.Writer.TryWrite((channel, Convert.ToHexString(message))),
                async cancel =>
                {
                    run.connected.Writer.TryWrite(true);
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
                },
                run.end.Token);
            return run;
        }

        public static async Task<Run> StartAsync(string url, string? authority = null, params string[] channels)
        {
            var run = Start(url, authority, channels);
            await run.ConnectedAsync();
            return run;
        }

        public async Task ConnectedAsync() => await connected.Reader.ReadAsync(Patience());

        public async Task<(string Channel, string Message)> HeardAsync() => await heard.Reader.ReadAsync(Patience());

        /// <summary>The next line of the log with these words.</summary>
        public async Task<string> SaidAsync(string words)
        {
            while (true)
            {
                if (await said.Reader.ReadAsync(Patience()) is var line && line.Contains(words, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await end.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            end.Dispose();
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            said.Writer.TryWrite(formatter(state, exception));

        private static CancellationToken Patience() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token; // Only so that a failure ends.
    }
}
