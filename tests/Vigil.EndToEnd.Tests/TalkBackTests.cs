using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

/// <summary>A parent's browser, whose microphone hears a tone of 1500 Hz, and a phone in the nursery that should play it.</summary>
public sealed class TalkBackTests
{
    private const int ToneHz = 1500;

    [Fact]
    public async Task A_parents_voice_is_heard_on_the_phone_in_the_room_while_the_button_is_held_and_again_after_the_server_was_killed()
    {
        await using var home = await Home.WithOwner();
        var (camera, code) = await RoomPhoneTests.MakeRoom(home);
        var phone = await RoomPhoneTests.OpenPhone(home, code);
        await RoomPhoneTests.StartSending(phone);
        var tone = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".wav");
        await File.WriteAllBytesAsync(tone, Bursts(), TestContext.Current.CancellationToken);
        await using var browser = await Chromium.Start(voice: tone);
        var parent = await home.OpenWall(390, 844, browser);
        await parent.GotoAsync(string.Create(CultureInfo.InvariantCulture, $"/app/cameras/{camera}"));
        await parent.LivePicture(Home.Room).ShouldMove(coloured: true);
        await ShouldFallSilent(phone);
        await parent.Screenshot("talk-ready");

        // Held with the finger.
        var button = parent.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("Hold to talk|Speaking") });
        await button.ScrollIntoViewIfNeededAsync();
        await button.HoverAsync();
        var since = Stopwatch.StartNew();
        await parent.Mouse.DownAsync();
        await Assertions.Expect(parent.GetByText($"{Home.Room} hears you now.")).ToBeVisibleAsync();
        var connected = since.Elapsed;
        (await ToneOf(phone)).ShouldBeHeard();
        var heard = since.Elapsed;
        await Assertions.Expect(phone.GetByText("Ana is speaking")).ToBeVisibleAsync();
        (await parent.EvaluateAsync<double>("Math.max(...[...document.querySelectorAll('video, audio')].map((e) => e.muted ? 0 : e.volume))"))
            .ShouldBeLessThanOrEqualTo(0.1, "The room must not be heard aloud where somebody speaks into it.");
        await parent.Screenshot("talk-speaking");
        await phone.Screenshot("talk-phone");
        await parent.Mouse.UpAsync();
        await Assertions.Expect(phone.GetByText("Ana is speaking")).ToBeHiddenAsync();
        await ShouldFallSilent(phone);

        // A tap leaves the microphone open; the next one closes it.
        await button.ClickAsync();
        await Assertions.Expect(phone.GetByText("Ana is speaking")).ToBeVisibleAsync();
        await Assertions.Expect(button).ToHaveTextAsync("Speaking · tap to stop");
        await button.ClickAsync();
        await Assertions.Expect(phone.GetByText("Ana is speaking")).ToBeHiddenAsync();

        // By the keyboard.
        await button.FocusAsync();
        await parent.Keyboard.DownAsync(" ");
        (await ToneOf(phone)).ShouldBeHeard();
        await parent.Keyboard.UpAsync(" ");
        await Assertions.Expect(phone.GetByText("Ana is speaking")).ToBeHiddenAsync();

        await parent.Keyboard.DownAsync(" ");
        (await ToneOf(phone)).ShouldBeHeard();
        home.Server.KillServerProcess();
        await home.Server.WaitUntilItAnswers(TimeSpan.FromSeconds(60));
        await parent.Keyboard.UpAsync(" ");
        await Assertions.Expect(phone).ToHaveTitleAsync($"● Sending · {Home.Room}", new() { Timeout = 60_000 });
        await parent.LivePicture(Home.Room).ShouldMove(60_000, coloured: true);
        await Assertions.Expect(button).ToHaveTextAsync("Hold to talk", new() { Timeout = 15_000 });
        await Assertions.Expect(button).ToBeEnabledAsync();
        since.Restart();
        await button.FocusAsync();
        await parent.Keyboard.DownAsync(" ");
        while (await Refused(parent))
        {
            // The phone's line comes back a moment after its picture: until then the button says that nobody would hear.
            since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
            await parent.Keyboard.UpAsync(" ");
            await parent.Keyboard.DownAsync(" ");
        }

        (await ToneOf(phone, 30)).ShouldBeHeard();
        await parent.Keyboard.UpAsync(" ");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"the parent may speak {Home.Seconds(connected)} after the press, the tone is in the room after {Home.Seconds(heard)}; after the restart {Home.Seconds(since.Elapsed)}");

        File.Delete(tone);
        string[] dead = ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING", "WebSocket", "404", "502", "503"];
        home.Expect(dead);
        browser.ShouldHaveNothingToComplainAbout(dead);
        home.ShouldHaveBeenWell();
    }

    private static async Task<bool> Refused(IPage parent)
    {
        var hears = parent.GetByText($"{Home.Room} hears you now.");
        var refusal = parent.GetByText(new Regex("not connected|does not answer|does not get through|connection broke"));
        await Assertions.Expect(hears.Or(refusal).First).ToBeVisibleAsync(new() { Timeout = 15_000 });
        return !await hears.IsVisibleAsync();
    }

    /// <summary>How loud the tone is in what the phone gets from the parent, and beside it: the loudest of <paramref name="seconds"/>, in dB. Listens longer than a tap is.</summary>
    private static async Task<Tone> ToneOf(IPage phone, int seconds = 8)
    {
        var level = await phone.EvaluateAsync<double[]>(
            """
            ([hz, seconds]) => new Promise((resolve) => {
              const context = new AudioContext();
              const analyser = context.createAnalyser();
              analyser.fftSize = 4096;
              analyser.smoothingTimeConstant = 0;
              const bins = new Float32Array(analyser.frequencyBinCount);
              const at = (f) => bins[Math.round((f * analyser.fftSize) / context.sampleRate)];
              const begin = performance.now(), end = begin + seconds * 1000;
              let stream = null, source = null, best = [-200, -200];
              const look = () => {
                const now = document.querySelector('audio[data-voice]')?.srcObject ?? null;
                if (now !== stream) {
                  source?.disconnect();
                  stream = now;
                  source = now && context.createMediaStreamSource(now);
                  source?.connect(analyser);
                }
                analyser.getFloatFrequencyData(bins);
                if (at(hz) > best[0]) best = [at(hz), Math.max(at(hz * 0.7), at(hz * 1.5))];
                if ((best[0] > -45 && performance.now() > begin + 600) || performance.now() > end) { void context.close(); resolve(best); }
                else setTimeout(look, 40);
              };
              look();
            })
            """,
            new object[] { ToneHz, seconds });
        return new Tone(level[0], level[1]);
    }

    /// <summary>What is on its way may still sound; then no burst of the tone comes for more than a second.</summary>
    private static async Task ShouldFallSilent(IPage phone)
    {
        var silent = Stopwatch.StartNew();
        while ((await ToneOf(phone, 1)).Decibels > -60)
        {
            silent.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20), "The phone still gets the tone.");
        }
    }

    /// <summary>A second of the tone in two bursts, because what sounds without a pause is taken for noise and suppressed.</summary>
    private static byte[] Bursts()
    {
        const int Rate = 48_000;
        var file = new byte[44 + (Rate * 2)];
        Encoding.ASCII.GetBytes("RIFF").CopyTo(file, 0);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        Encoding.ASCII.GetBytes("WAVEfmt ").CopyTo(file, 8);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), Rate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), Rate * 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        Encoding.ASCII.GetBytes("data").CopyTo(file, 36);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), Rate * 2);
        for (var i = 0; i < Rate; i++)
        {
            var sample = i / (Rate / 4) % 2 == 0 ? 16_000 * Math.Sin(2 * Math.PI * ToneHz * i / Rate) : 0;
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44 + (i * 2)), (short)sample);
        }

        return file;
    }

    private sealed record Tone(double Decibels, double Beside)
    {
        public void ShouldBeHeard()
        {
            Decibels.ShouldBeGreaterThan(-45, "The phone got no tone.");
            (Decibels - Beside).ShouldBeGreaterThan(10, "What the phone got is no clear tone.");
        }
    }
}
