using System.Collections.Concurrent;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Server.Tests.Events;
using Vigil.Testing;

namespace Vigil.Server.Tests.Cameras;

public sealed class SecretsStayInsideTests
{
    private const string Password = "canary-geheim-31337";
    private const string Token = "canary-token-4711";
    private const string StreamKey = "cAnArY4711kLm3QwErTy";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("native")]
    [InlineData("ffmpeg")]
    public async Task A_camera_password_is_in_no_log_no_answer_and_no_process_list(string ingest)
    {
        var logs = new Memory();
        await using var camera = FakeCamera.Start(await Clip.MakeAsync(new ClipRecipe { Constant = true }), "admin", Password);
        await using var server = await TestServer.StartAsync(
            settings: new Dictionary<string, string> { ["Cameras:AllowLoopback"] = "true", ["Logging:LogLevel:Default"] = "Trace" },
            adjust: services => services.AddLogging(l => l.AddProvider(logs).SetMinimumLevel(LogLevel.Trace)));
        var home = await TestHousehold.CreateAsync(server);
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        var address = new UriBuilder(camera.Address) { UserName = "admin", Password = Password, Path = "live/" + StreamKey, Query = $"channel=1&t%6Fken={Token}" }.Uri.OriginalString;

        using var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", new { name = "Crib", address, ingest }, Cancel);
        var answers = await made.Content.ReadAsStringAsync(Cancel);
        using var tested = await home.Client.PostAsJsonAsync("/api/v1/cameras/test", new { address, ingest }, Cancel);
        answers += await tested.Content.ReadAsStringAsync(Cancel);
        await page.UntilAsync(m =>
        {
            answers += m.ToString();
            return m.GetProperty("type").GetString() == "camera" && m.GetProperty("status").GetProperty("state").GetString() == "live";
        });
        var processes = string.Concat(Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)).Select(CommandLine));

        // The camera got it; nobody else did.
        camera.Requests.ShouldContain(r => r.Contains(Token, StringComparison.Ordinal) && r.Contains(StreamKey, StringComparison.Ordinal));
        processes.ShouldContain("postgres");
        logs.Lines.ShouldNotBeEmpty();
        foreach (var secret in new[] { Password, Token, StreamKey })
        {
            processes.ShouldNotContain(secret);
            answers.ShouldNotContain(secret);
            logs.Lines.Where(l => l.Contains(secret, StringComparison.Ordinal)).ShouldBeEmpty();
        }
    }

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")) + File.ReadAllText(Path.Combine(process, "environ"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private sealed class Memory : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
