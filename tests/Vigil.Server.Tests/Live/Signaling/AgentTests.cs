using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Agent;
using Vigil.Server.Tests.Events;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>Our own device agent against the whole server: pairing, key, picture, and what happens when one of them goes.</summary>
public sealed partial class AgentTests : IAsyncLifetime
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private readonly string directory = Directory.CreateTempSubdirectory("vigil-agent-").FullName;
    private TestServer server = null!;
    private TestHousehold home = null!;

    private string StateFile => Path.Combine(directory, "agent", "state.json");

    /// <summary>The data directory, which holds the key of secrets, does not outlive a test server.</summary>
    private static Dictionary<string, string> Settings => new() { ["Signaling:SecretKey"] = "the same after a restart" };

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync(settings: Settings);
        home = await TestHousehold.CreateAsync(server, "ana");
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_machine_with_a_camera_is_paired_by_its_code_seen_by_parents_and_back_by_itself_after_the_server_has_restarted()
    {
        await using var machine = Machine.Start(SettingsOf(server.Address));
        var page = await OpenPage.OpenAsync(server, home.Owner);
        var camera = await PairAsync(await machine.CodeAsync());

        var live = (await UntilLiveAsync(page, camera)).GetProperty("status");
        (live.GetProperty("video").GetProperty("width").GetInt32(), live.GetProperty("video").GetProperty("height").GetInt32()).ShouldBe((640, 360));
        await page.UntilAsync(m => m.GetProperty("type").GetString() == "camera" && m.GetProperty("status").GetProperty("cameraId").GetInt32() == camera
            && m.GetProperty("status").GetProperty("audio") is { ValueKind: JsonValueKind.Object } sound && sound.GetProperty("codec").GetString() == "Opus");
        File.GetUnixFileMode(StateFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await page.DisposeAsync();

        var (address, database) = (server.Address, server.ConnectionString);
        var settings = Settings;
        settings["urls"] = address.ToString();
        await server.DisposeAsync();
        server = await TestServer.StartAsync(settings: settings, database: database);
        await using var again = await OpenPage.OpenAsync(server, home.Owner);
        await UntilLiveAsync(again, camera);
    }

    [Fact]
    public async Task A_device_that_is_unpaired_stops_and_shows_a_new_code()
    {
        await using var machine = Machine.Start(SettingsOf(server.Address));
        await using var page = await OpenPage.OpenAsync(server, home.Owner);
        var first = await machine.CodeAsync();
        var camera = await PairAsync(first);
        await UntilLiveAsync(page, camera);
        var devices = await home.Client.GetFromJsonAsync<JsonElement>("/api/v1/signal-devices", Cancel);
        var device = devices.EnumerateArray().ShouldHaveSingleItem();
        (device.GetProperty("online").GetBoolean(), device.GetProperty("hasSecret").GetBoolean()).ShouldBe((true, true));

        (await home.Client.DeleteAsync($"/api/v1/signal-devices/{device.GetProperty("id").GetInt64()}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await machine.CodeAsync()).ShouldNotBe(first);
        using var state = JsonDocument.Parse(await File.ReadAllTextAsync(StateFile, Cancel));
        state.RootElement.GetProperty("key").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task What_ends_one_half_of_the_agent_ends_the_other_and_is_told()
    {
        // It is paired as far as its state says, but has no camera: publishing fails at once, while the line would beat for ever.
        new AgentStateFile(StateFile).Save(new AgentState { DeviceId = "half", Secret = "s", CameraId = 1, Key = "k" });
        using var device = new Device(SettingsOf(server.Address) with { Source = null }, TextWriter.Null, TimeProvider.System, NullLoggerFactory.Instance);
        await Should.ThrowAsync<InvalidOperationException>(device.RunAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task Only_a_publisher_that_has_proved_its_secret_gets_a_key_and_a_newer_key_voids_the_older()
    {
        var token = await SignalDesk.TokenAsync(server, "ana");
        await SignalDesk.PairAsync(server, token, "phone");
        await using (var phone = await SignalPeer.DeviceAsync(server, "phone"))
        {
            await phone.SayAsync("publish_request");
            (await phone.ErrorAsync()).ShouldBe("Unauthorized", "it sends straight to its viewers");
        }

        (await server.Client.PostAsJsonAsync("/api/devices/register", new { device_id = "box", device_type = "publisher" }, Cancel)).EnsureSuccessStatusCode();
        await using var box = await SignalPeer.DeviceAsync(server, "box", "a secret of its own");
        await box.SayAsync("publish_request");
        (await box.ErrorAsync()).ShouldBe("Not paired");
        var camera = await PairAsync(await SignalDesk.CodeAsync(server, "box"));
        (await box.PayloadAsync("paired")).GetProperty("camera_id").GetInt32().ShouldBe(camera);

        var first = await KeyAsync(box);
        await StatusAsync(camera, first, HttpStatusCode.Created);
        await box.SayAsync("publish_request", new { camera_id = camera });
        (await box.PayloadAsync("publish_ready")).TryGetProperty("key", out _).ShouldBeFalse("it says that it has one");
        var second = await KeyAsync(box);
        await StatusAsync(camera, first, HttpStatusCode.Unauthorized);
        await StatusAsync(camera, second, HttpStatusCode.Created);

        await using var viewer = await SignalPeer.ViewerAsync(server, token);
        await viewer.SayAsync("watch_request", new { device_id = "box" });
        (await viewer.ErrorAsync()).ShouldBe("Device publishes through the server");

        async Task<string> KeyAsync(SignalPeer from)
        {
            await from.SayAsync("publish_request");
            var ready = await from.PayloadAsync("publish_ready");
            ready.GetProperty("camera_id").GetInt32().ShouldBe(camera);
            return ready.GetProperty("key").GetString()!;
        }
    }

    [Theory]
    [InlineData("source = test:a", "server")]
    [InlineData("server = http://127.0.0.1:1", "source")]
    [InlineData("server = http://127.0.0.1:1|source = rtsp://me:secret@10.0.0.2/x", "settings of their own")]
    [InlineData("server = http://127.0.0.1:1|source = exec:sh", "no address of a camera")]
    [InlineData("server = http://127.0.0.1:1|source = test:a|sorce = x", "sorce")]
    public void What_is_wrong_with_the_settings_is_said_in_words(string lines, string expected)
    {
        AgentSettings.Read(lines.Split('|'), _ => null, needsSource: true, out var error).ShouldBeNull();
        error.ShouldContain(expected);
    }

    [Fact]
    public void The_environment_goes_before_the_file()
    {
        var read = AgentSettings.Read(
            ["# of the kitchen", "server=http://10.0.0.1:8000", "source = test:a", "name = Kitchen"],
            name => name == "VIGIL_AGENT_NAME" ? "Nursery" : null, needsSource: true, out var error);
        error.ShouldBe("");
        (read!.Name, read.Source!.ToString(), read.ToString()).ShouldBe(("Nursery", "test:a", "agent of http://10.0.0.1:8000/"));
    }

    private AgentSettings SettingsOf(Uri address) => new()
    {
        Server = address,
        Source = new Uri("test:agent"),
        Name = "Box",
        State = StateFile,
        Ffmpeg = "ffmpeg",
    };

    private async Task<int> PairAsync(string code)
    {
        using var paired = await home.Client.PostAsJsonAsync("/api/v1/signal-devices/pair", new { code }, Cancel);
        paired.StatusCode.ShouldBe(HttpStatusCode.Created, await paired.Content.ReadAsStringAsync(Cancel));
        return (await paired.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("cameraId").GetInt32();
    }

    private static Task<JsonElement> UntilLiveAsync(OpenPage page, int camera) => page.UntilAsync(m =>
        m.GetProperty("type").GetString() == "camera" && m.GetProperty("status").GetProperty("cameraId").GetInt32() == camera
        && m.GetProperty("status").GetProperty("state").GetString() == "live" && m.GetProperty("status").GetProperty("video").ValueKind == JsonValueKind.Object);

    private async Task StatusAsync(int camera, string key, HttpStatusCode expected)
    {
        using var answer = await TestPublisher.AskAsync(server, camera, key, Cancel);
        answer.StatusCode.ShouldBe(expected);
    }

    /// <summary>The agent's program in this process, and what it shows.</summary>
    private sealed partial class Machine : TextWriter
    {
        private readonly Channel<string> shown = Channel.CreateUnbounded<string>();
        private readonly CancellationTokenSource stop = new();
        private readonly Device device;
        private readonly Task running;

        private Machine(AgentSettings settings)
        {
            device = new Device(settings, this, TimeProvider.System, NullLoggerFactory.Instance);
            running = device.RunAsync(stop.Token);
        }

        public override Encoding Encoding => Encoding.UTF8;

        public static Machine Start(AgentSettings settings) => new(settings);

        public override Task WriteLineAsync(string? value)
        {
            shown.Writer.TryWrite(value ?? "");
            return Task.CompletedTask;
        }

        public async Task<string> CodeAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)); // Only so that a failure ends.
            while (true)
            {
                if (Code().Match(await shown.Reader.ReadAsync(patience.Token)) is { Success: true } found)
                {
                    return found.Groups[1].Value;
                }
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            device.Dispose();
            stop.Dispose();
            await base.DisposeAsync();
        }

        [GeneratedRegex("Pairing code: ([0-9]{3} [0-9]{3})")]
        private static partial Regex Code();
    }
}
