using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Vigil.EndToEnd.Tests.Machine;

/// <summary>One real browser for a test class; each person gets a context of their own.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly IPlaywright playwright;
    private readonly IBrowser browser;
    private readonly ConcurrentQueue<string> complaints = new();

    private Chromium(IPlaywright playwright, IBrowser browser)
    {
        this.playwright = playwright;
        this.browser = browser;
    }

    public IReadOnlyCollection<string> Complaints => complaints;

    public static async Task<Chromium> Start()
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("VIGIL_CHROMIUM") ?? "/usr/bin/chromium",
            Headless = true,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
                "--disable-dev-shm-usage",
            ],
        });
        return new Chromium(playwright, browser);
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
    }
}
