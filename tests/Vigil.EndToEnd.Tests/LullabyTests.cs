using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

/// <summary>What a parent starts is really played by the phone's page: measured where the page hands sound to the loudspeaker.</summary>
public sealed class LullabyTests
{
    /// <summary>Whatever is connected to a loudspeaker is also connected to a meter.</summary>
    private const string Meter =
        """
        const connect = AudioNode.prototype.connect;
        AudioNode.prototype.connect = function (to, ...rest) {
          if (to === this.context.destination) {
            window.meter = this.context.createAnalyser();
            connect.call(this, window.meter);
          }
          return connect.call(this, to, ...rest);
        };
        window.loudness = () => {
          if (!window.meter || window.meter.context.state !== 'running') return 0;
          const samples = new Float32Array(window.meter.fftSize);
          window.meter.getFloatTimeDomainData(samples);
          return Math.max(...samples.map(Math.abs));
        };
        """;

    private const string Until =
        """
        (loud) => new Promise((done, fail) => {
          const end = performance.now() + 15000;
          const look = () => {
            if (loud ? loudness() > 0.1 : loudness() === 0) done();
            else if (performance.now() > end) fail(new Error(`loudness ${loudness()}`));
            else setTimeout(look, 50);
          };
          look();
        })
        """;

    [Fact]
    public async Task A_lullaby_sounds_in_the_room_comes_back_after_a_reload_and_ends_when_a_parent_ends_it()
    {
        await using var home = await Home.WithOwner();
        var (camera, code) = await RoomPhoneTests.MakeRoom(home);
        var phone = await RoomPhoneTests.OpenPhone(home, code);
        await phone.AddInitScriptAsync(Meter);
        await phone.ReloadAsync();
        await RoomPhoneTests.StartSending(phone);
        var parent = await home.OpenWall(390, 844);
        await parent.GotoAsync(string.Create(CultureInfo.InvariantCulture, $"/app/cameras/{camera}"));
        await parent.LivePicture(Home.Room).ShouldMove(coloured: true);

        var play = parent.GetByRole(AriaRole.Button, new() { Name = "Play in the room" });
        await play.ClickAsync();
        await Assertions.Expect(parent.GetByText(new Regex("^Rain .* plays until \\d\\d:\\d\\d. Started by Ana."))).ToBeVisibleAsync();
        await phone.EvaluateAsync(Until, true);
        await parent.GetByText(new Regex("plays until")).ScrollIntoViewIfNeededAsync();
        await parent.Screenshot("lullaby");

        await phone.ReloadAsync();
        await phone.EvaluateAsync(Until, true);
        await Assertions.Expect(phone).ToHaveTitleAsync($"● Sending · {Home.Room}", new() { Timeout = 20_000 });

        await parent.GetByRole(AriaRole.Button, new() { Name = "End the lullaby" }).ClickAsync();
        await phone.EvaluateAsync(Until, false);
        await Assertions.Expect(play).ToBeVisibleAsync();
        await parent.SetViewportSizeAsync(1280, 800);
        await parent.Screenshot("lullaby");

        // What the family brings.
        await parent.SetViewportSizeAsync(390, 844);
        await parent.GetByText("Our own sounds").ClickAsync();
        await parent.Locator("input[type=file]").SetInputFilesAsync(Path.Combine(Repository.Root, "testdata/hearing/cry-1.ogg"));
        await Assertions.Expect(parent.GetByLabel("Sound", new() { Exact = true })).ToHaveValueAsync(new Regex("^file:"), new() { Timeout = 30_000 });
        await play.ClickAsync();
        await Assertions.Expect(parent.GetByText(new Regex("^cry-1 plays until"))).ToBeVisibleAsync();
        await phone.EvaluateAsync(Until, true);
        await parent.Screenshot("lullaby-own");
        await phone.ReloadAsync();
        await phone.EvaluateAsync(Until, true);
        await parent.GetByRole(AriaRole.Button, new() { Name = "Delete cry-1" }).ClickAsync();
        await parent.GetByRole(AriaRole.Button, new() { Name = "Yes, delete" }).ClickAsync();
        await phone.EvaluateAsync(Until, false);
        await Assertions.Expect(play).ToBeVisibleAsync();

        home.Expect("404");
        home.ShouldHaveBeenWell();
    }
}
