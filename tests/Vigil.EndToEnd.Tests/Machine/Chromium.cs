using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Vigil.EndToEnd.Tests.Machine;

/// <summary>One real browser for a test class; each person gets a context of their own.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly IPlaywright playwright;
    private readonly IBrowser browser;
    private readonly ConcurrentQueue<string> complaints = new();

    private readonly string home;

    private Chromium(IPlaywright playwright, IBrowser browser, string home)
    {
        this.playwright = playwright;
        this.browser = browser;
        this.home = home;
    }

    public IReadOnlyCollection<string> Complaints => complaints;

    /// <param name="here">A name that leads to this machine, as the house's network would have it; '*' for every name.</param>
    /// <param name="trusted">An authority that this device has installed, PEM.</param>
    /// <param name="voice">A WAV file that its microphone hears again and again, instead of the beep.</param>
    public static async Task<Chromium> Start(string? here = null, byte[]? trusted = null, string? voice = null)
    {
        // A device of its own: its list of authorities lies in its home.
        var home = Directory.CreateTempSubdirectory("vigil-device-").FullName;
        if (trusted is not null)
        {
            await Trust(home, trusted);
        }

        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("VIGIL_CHROMIUM") ?? "/usr/bin/chromium",
            Headless = true,
            Env = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
                .Select(entry => KeyValuePair.Create((string)entry.Key, (string)entry.Value!))
                .Where(entry => entry.Key != "HOME").Append(KeyValuePair.Create("HOME", home)),
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
                "--disable-dev-shm-usage",
                // A phone in a room: a moving test picture, a beep every second, and permission given.
                "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                .. voice is null ? Array.Empty<string>() : [$"--use-file-for-fake-audio-capture={voice}"],
                .. here is null ? Array.Empty<string>() : [$"--host-resolver-rules=MAP {here} 127.0.0.1"],
            ],
        });
        return new Chromium(playwright, browser, home);
    }

    /// <summary>What a person does on a Linux desktop: the authority goes into the list that Chromium reads.</summary>
    private static async Task Trust(string home, byte[] authority)
    {
        var list = Directory.CreateDirectory(Path.Combine(home, ".pki", "nssdb")).FullName;
        var file = Path.Combine(home, "ca.pem");
        await File.WriteAllBytesAsync(file, authority);
        await Run("certutil", "-d", $"sql:{list}", "-N", "--empty-password");
        await Run("certutil", "-d", $"sql:{list}", "-A", "-t", "C,,", "-n", "vigil", "-i", file);
    }

    private static async Task Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, errors);
    }

    /// <summary>A person with a phone (390 px) or a desk (1280 px). A console error of any of their pages fails the test.</summary>
    public async Task<IBrowserContext> Person(Uri server, int width = 1280, int height = 800)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = server.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = height },
            Locale = "en-GB",
            TimezoneId = "Europe/Berlin",
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(15_000);
        context.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                complaints.Enqueue($"{message.Text} ({message.Location})");
            }
        };
        context.WebError += (_, error) => complaints.Enqueue(error.Error);
        return context;
    }

    /// <summary>
    /// What the consoles said against us so far. A test that provokes failures (a dead server) names the complaints that it expects.
    /// </summary>
    public void ShouldHaveNothingToComplainAbout(params string[] except)
    {
        var rest = complaints.Where(c => !except.Any(e => c.Contains(e, StringComparison.OrdinalIgnoreCase))).ToList();
        complaints.Clear();
        rest.ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        Directory.Delete(home, recursive: true);
    }
}
