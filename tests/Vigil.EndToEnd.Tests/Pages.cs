using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

/// <summary>What people do and see on the pages, by roles and labels.</summary>
internal static partial class Pages
{
    /// <summary>The picture of a camera, whatever it says about itself.</summary>
    public static ILocator Picture(this IPage page, string camera) =>
        page.GetByRole(AriaRole.Img, new() { NameRegex = new Regex($"^{Regex.Escape(camera)}: ") });

    public static ILocator LivePicture(this IPage page, string camera) =>
        page.GetByRole(AriaRole.Img, new() { Name = $"{camera}: live picture" });

    public static ILocator StalePicture(this IPage page, string camera) =>
        page.GetByRole(AriaRole.Img, new() { NameRegex = new Regex($"^{Regex.Escape(camera)}: Last picture") });

    public static ILocator Alarms(this IPage page) => page.GetByRole(AriaRole.Region, new() { Name = "Alarms" });

    /// <summary>Returns when the pixels on the screen have changed several times: a picture that stands is not live.</summary>
    public static async Task ShouldMove(this ILocator picture, float withinMs = 15_000, bool coloured = false)
    {
        await Assertions.Expect(picture).ToBeVisibleAsync(new() { Timeout = withinMs });
        // The page before may leave its picture standing until the next one is drawn: then it is looked for again.
        while (!await picture.EvaluateAsync<bool>(
            """
            (host, [limit, mayBeColoured]) => new Promise((resolve, reject) => {
              const small = new OffscreenCanvas(64, 36).getContext('2d', { willReadFrequently: true });
              const end = performance.now() + limit;
              let last = '', changes = 0;
              const look = () => {
                if (!host.isConnected) { resolve(false); return; }
                const source = [...host.querySelectorAll('canvas, video, img')].find((e) => e.offsetWidth > 0);
                if (source && (source.videoWidth || source.width || source.naturalWidth)) {
                  try {
                    small.drawImage(source, 0, 0, 64, 36);
                    const pixels = small.getImageData(0, 0, 64, 36).data;
                    let sum = 0, coloured = 0;
                    for (let i = 0; i < pixels.length; i++) sum = (sum * 31 + pixels[i]) | 0;
                    // The test picture is black and white: green is what decoders show for a part that never came.
                    for (let i = 0; i < pixels.length; i += 4) if (Math.abs(pixels[i] - pixels[i + 1]) > 60) coloured++;
                    if (coloured > 20 && !mayBeColoured) { reject(new Error(`the picture is broken: ${coloured} of ${pixels.length / 4} pixels are coloured`)); return; }
                    if (last !== '' && sum !== last) changes++;
                    last = sum;
                  } catch (e) { reject(e); return; }
                }
                if (changes >= 8) resolve(true);
                else if (performance.now() > end) reject(new Error(`the picture changed ${changes} times in ${limit} ms`));
                else setTimeout(look, 16);
              };
              look();
            })
            """,
            new object[] { withinMs, coloured }).WaitAsync(TimeSpan.FromMilliseconds(withinMs + 15_000), TimeProvider.System))
        {
        }
    }

    public static async Task Screenshot(this IPage page, string name)
    {
        var width = page.ViewportSize?.Width ?? 0;
        await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Screenshots, $"{name}-{width}.png") });
    }
}

internal static class Waiting
{
    /// <summary>Waits for something to become true of an element. By a timer: a page that is drawn no more must fail, and would never get to its next frame.</summary>
    public static Task WaitUntil(this ILocator element, string condition, float withinMs = 10_000) => element.EvaluateAsync(
        $$"""
        (element, limit) => new Promise((resolve, reject) => {
          const holds = {{condition}}, end = performance.now() + limit;
          const look = () => {
            if (holds(element)) resolve();
            else if (performance.now() > end) reject(new Error('not within ' + limit + ' ms: {{condition.Replace("'", "\"", StringComparison.Ordinal)}}'));
            else setTimeout(look, 16);
          };
          look();
        })
        """,
        withinMs).WaitAsync(TimeSpan.FromMilliseconds(withinMs + 15_000), TimeProvider.System);

    public static Task Delay(this TimeProvider time, TimeSpan length, CancellationToken cancel) => Task.Delay(length, time, cancel);
}
