using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Vigil.EndToEnd.Tests.Cameras;
using Vigil.EndToEnd.Tests.Machine;

namespace Vigil.EndToEnd.Tests;

/// <summary>
/// A home for one test: the running product, a camera that speaks RTSP, a browser, and (unless the test wants to be the newcomer itself)
/// an owner with that camera in the nursery.
/// </summary>
internal sealed class Home : IAsyncDisposable
{
    public const string Email = "ana@example.org";
    public const string Password = "warm milk at nine";
    public const string Room = "Nursery";

    private readonly List<string> expectedComplaints = [];

    private Home(VigilServer server, RtspCamera camera, Chromium chromium)
    {
        Server = server;
        Camera = camera;
        Chromium = chromium;
        Owner = new Api(server.Address);
    }

    public VigilServer Server { get; }

    public RtspCamera Camera { get; }

    public Chromium Chromium { get; }

    public Api Owner { get; }

    public int CameraId { get; private set; }

    public static async Task<Home> Empty(string audio = "aac", bool relay = false)
    {
        var camera = RtspCamera.Start(audio);
        var chromium = Chromium.Start();
        var server = VigilServer.Start(relay);
        await Task.WhenAll(camera, chromium, server);
        return new Home(await server, await camera, await chromium);
    }

    /// <summary>With the owner's account, and no camera yet.</summary>
    public static async Task<Home> WithOwner(string audio = "aac", bool relay = false)
    {
        var home = await Empty(audio, relay);
        await home.Furnish(() => home.Owner.Post("api/v1/setup", new
        {
            email = Email,
            password = Password,
            name = "Ana",
            householdName = "Our home",
            timeZone = "Europe/Berlin",
        }));
        return home;
    }

    /// <summary>With the owner's account, and the camera live in the nursery.</summary>
    public static async Task<Home> WithCamera(string audio = "aac")
    {
        var home = await WithOwner(audio);
        await home.Furnish(async () => home.CameraId = await home.Add(Room, home.Camera));
        return home;
    }

    private async Task Furnish(Func<Task> bringIn)
    {
        try
        {
            await bringIn();
        }
        catch (Exception e)
        {
            var log = Server.Log;
            await DisposeAsync();
            throw new InvalidOperationException($"The home could not be furnished: {e.Message}\n{log}", e);
        }
    }

    /// <summary>Adds a camera, and waits until it is live.</summary>
    public async Task<int> Add(string name, RtspCamera source)
    {
        await using var live = await Owner.OpenLiveSocket();
        var camera = await Owner.Post("api/v1/cameras", new
        {
            name,
            address = source.Address,
            username = RtspCamera.User,
            password = RtspCamera.Password,
        });
        var id = (int)camera["id"]!;
        if ((string?)(await Owner.Get($"api/v1/cameras/{id}"))["status"]!["state"] != "live")
        {
            await live.Next(m => IsStatus(m, id, "live"), TimeSpan.FromSeconds(20));
        }

        return id;
    }

    public static bool IsStatus(JsonNode message, int cameraId, string state) =>
        (string?)message["type"] == "camera"
        && (int?)message["status"]?["cameraId"] == cameraId
        && (string?)message["status"]?["state"] == state;

    public static bool IsEvent(JsonNode message, string kind) =>
        (string?)message["type"] == "event" && (string?)message["event"]?["kind"] == kind;

    /// <summary>A page of the owner, signed in, on the wall; in a browser of its own where the test says so.</summary>
    public async Task<IPage> OpenWall(int width = 1280, int height = 800, Chromium? browser = null)
    {
        var person = await (browser ?? Chromium).Person(Server.Address, width, height);
        await person.AddCookiesAsync(Owner.Cookies.Select(c => new Cookie
        {
            Name = c.Name,
            Value = c.Value,
            Url = Server.Address.ToString(),
            HttpOnly = true,
            SameSite = SameSiteAttribute.Lax,
        }));
        var page = await person.NewPageAsync();
        await page.GotoAsync("/app");
        return page;
    }

    /// <summary>Failures that the test provokes, and that a browser therefore may complain about.</summary>
    public void Expect(params string[] complaints) => expectedComplaints.AddRange(complaints);

    /// <summary>At the end of each test: no console error, no crash in the log.</summary>
    public void ShouldHaveBeenWell()
    {
        Chromium.ShouldHaveNothingToComplainAbout([.. expectedComplaints]);
        Server.Log.ShouldNotContain("Unhandled exception");
        Server.Log.ShouldNotContain(RtspCamera.Password, Case.Sensitive, "A camera's password has no place in a log.");
        Server.Log.ShouldNotContain(Password);
    }

    public async ValueTask DisposeAsync()
    {
        Owner.Dispose();
        await Chromium.DisposeAsync();
        // For whoever reads a failure afterwards.
        var name = TestContext.Current.TestMethod?.MethodName ?? "test";
        var logs = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "e2e-logs")).FullName;
        await File.WriteAllLinesAsync(Path.Combine(logs, $"{name}.log"), [.. Chromium.Complaints.Select(c => $"browser: {c}"), Server.Log]);
        await Server.DisposeAsync();
        await Camera.DisposeAsync();
    }

    internal static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.00 s", CultureInfo.InvariantCulture);
}
