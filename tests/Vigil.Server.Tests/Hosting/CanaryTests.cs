using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Server.Tests.Live;

namespace Vigil.Server.Tests.Hosting;

/// <summary>Secrets that pass through the server, and a search for them in everything it logs.</summary>
public sealed class CanaryTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_password_token_cookie_or_query_reaches_the_log()
    {
        using var log = new EverythingLogged();
        await using var server = await TestServer.StartAsync(adjust: services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log)));
        var made = await server.Client.PostAsJsonAsync("/auth/register", new { email = "canary-mail@example.org", password = "canary-password" }, Cancel);
        var login = await server.Client.PostAsJsonAsync("/auth/login", new { email = "canary-mail@example.org", password = "canary-password" }, Cancel);
        var token = JsonDocument.Parse(await login.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("access_token").GetString()!;
        var cookie = login.Headers.GetValues("Set-Cookie").Single().Split(';')[0]["vigil=".Length..];
        await server.Client.PostAsJsonAsync("/auth/login", new { email = "canary-mail@example.org", password = "canary-wrong" }, Cancel);
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/auth/me?token=canary-query") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        (await server.Client.SendAsync(asked, Cancel)).EnsureSuccessStatusCode();
        await server.Client.GetAsync($"/canary-path/{cookie}?st=canary-signature", Cancel);
        made.EnsureSuccessStatusCode();
        var (code, key) = await PairAsync(server, token);
        await using (var line = await RoomLine.OpenAsync(server, key))
        {
            await line.UntilAsync("welcome");
        }

        await TestPublisher.AskAsync(server, 1, key, Cancel);

        log.Lines.ShouldNotBeEmpty("the canary hears nothing");
        log.Lines.ShouldContain(line => line.Contains("/auth/me", StringComparison.Ordinal), "our own request line");
        foreach (var secret in new[] { "canary-", token, token.Split('.')[2], cookie, code, code.Replace("-", "", StringComparison.Ordinal), key, key[9..] })
        {
            log.Lines.Where(line => line.Contains(secret, StringComparison.Ordinal)).ShouldBeEmpty();
        }
    }

    /// <summary>A room with a phone: its code and its key.</summary>
    private static async Task<(string Code, string Key)> PairAsync(TestServer server, string token)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/api/v1/room-cameras")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
            Content = JsonContent.Create(new { name = "Nursery" }),
        };
        var made = await (await server.Client.SendAsync(asked, Cancel)).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var code = made.GetProperty("pairing").GetProperty("code").GetString()!;
        var paired = await server.Client.PostAsJsonAsync("/api/v1/devices/pair", new { code }, Cancel);
        return (code, (await paired.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("key").GetString()!);
    }

    /// <summary>What the server would log at its most talkative, within its own filters.</summary>
    private sealed class EverythingLogged : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
