using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Server.Accounts;
using Vigil.Testing.FakeOnvif;

namespace Vigil.Server.Tests.Cameras;

public sealed class PtzTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_port_that_somebody_knows_is_where_the_camera_is_asked()
    {
        await using var device = new FakeOnvif { Credentials = ("ana", "secret") };
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["Cameras:AllowLoopback"] = "true" });
        var home = await TestHousehold.CreateAsync(server);
        var camera = await AddAsync(home, new { name = "Cot", address = "rtsp://127.0.0.1:9/video", username = "ana", password = "secret", onvifPort = device.Port });
        var path = $"/api/v1/cameras/{camera}";

        (await home.Client.GetFromJsonAsync<JsonElement>($"{path}/ptz", Cancel)).GetProperty("canMove").GetBoolean().ShouldBeTrue();
        (await home.Client.GetFromJsonAsync<JsonElement>(path, Cancel)).GetProperty("onvifPort").GetInt32().ShouldBe(device.Port);
        (await home.Client.PatchAsJsonAsync(path, new { onvifPort = 65536 }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await home.Client.PatchAsJsonAsync(path, new { name = "Crib" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await home.Client.GetFromJsonAsync<JsonElement>(path, Cancel)).GetProperty("onvifPort").GetInt32().ShouldBe(device.Port, "what is not said stays");
        (await home.Client.PatchAsJsonAsync(path, new { onvifPort = 0 }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await home.Client.GetFromJsonAsync<JsonElement>(path, Cancel)).GetProperty("onvifPort").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_camera_moves_while_it_is_asked_to_and_stops_when_the_page_vanishes()
    {
        await using var device = new FakeOnvif { Credentials = ("ana", "secret") };
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["Cameras:AllowLoopback"] = "true" });
        var home = await TestHousehold.CreateAsync(server);
        var camera = await AddAsync(home, new { name = "Cot", address = $"http://127.0.0.1:{device.Port}/video", username = "ana", password = "secret" });
        var ptz = $"/api/v1/cameras/{camera}/ptz";

        var view = await home.Client.GetFromJsonAsync<JsonElement>(ptz, Cancel);
        view.GetProperty("canMove").GetBoolean().ShouldBeTrue(view.ToString());
        view.GetProperty("places")[0].GetProperty("name").GetString().ShouldBe("The door & the cot");

        await MovedAsync(home.Client, ptz, new { pan = 0.5 });
        await UntilAsync(device, "ContinuousMove main x=0.5 y=0 z=");
        // Nobody says anything more.
        await UntilAsync(device, "Stop main");

        await MovedAsync(home.Client, ptz, new { zoom = -1 });
        await UntilAsync(device, "ContinuousMove main x= y= z=-1");
        (await home.Client.PostAsync($"{ptz}/stop", null, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await UntilAsync(device, "Stop main");

        (await home.Client.PostAsJsonAsync($"{ptz}/go", new { token = "door" }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await UntilAsync(device, "GotoPreset main door");
        (await home.Client.PostAsJsonAsync($"{ptz}/move", new { pan = 1.5 }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_refusal_is_said_each_time()
    {
        await using var device = new FakeOnvif();
        device.Instead["ContinuousMove"] = (stream, cancel) => stream.WriteAsync(
            FakeOnvif.Answer("500 Internal Server Error", FakeOnvif.Envelope("<s:Fault xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"/>")), cancel).AsTask();
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["Cameras:AllowLoopback"] = "true" });
        var home = await TestHousehold.CreateAsync(server);
        var camera = await AddAsync(home, new { name = "Cot", address = $"http://127.0.0.1:{device.Port}/video" });

        for (var press = 0; press < 2; press++)
        {
            (await home.Client.PostAsJsonAsync($"/api/v1/cameras/{camera}/ptz/move", new { pan = 1 }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        }
    }

    [Fact]
    public async Task What_moves_is_stopped_when_the_server_ends()
    {
        await using var device = new FakeOnvif();
        await using (var server = await TestServer.StartAsync(settings: new Dictionary<string, string> { ["Cameras:AllowLoopback"] = "true" }))
        {
            var home = await TestHousehold.CreateAsync(server);
            var camera = await AddAsync(home, new { name = "Cot", address = $"http://127.0.0.1:{device.Port}/video" });
            await MovedAsync(home.Client, $"/api/v1/cameras/{camera}/ptz", new { tilt = 1 });
        }

        await UntilAsync(device, "ContinuousMove main x=0 y=1 z=");
        await UntilAsync(device, "Stop main");
    }

    [Fact]
    public async Task Who_may_only_look_moves_nothing_and_what_cannot_move_says_so()
    {
        await using var server = await TestServer.StartAsync();
        var home = await TestHousehold.CreateAsync(server);
        var guest = await home.AddAsync("gus", Place.Guest);
        var camera = await AddAsync(home, new { name = "Cot", address = "test:cot" });
        await server.GrantAsync(home, camera, guest);
        var ptz = $"/api/v1/cameras/{camera}/ptz";

        foreach (var path in new[] { "/move", "/stop", "/go" })
        {
            (await guest.Client.PostAsJsonAsync(ptz + path, new { }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            (await home.Client.PostAsJsonAsync(ptz + path, new { }, Cancel)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        }

        (await home.Client.GetFromJsonAsync<JsonElement>(ptz, Cancel)).GetProperty("canMove").GetBoolean().ShouldBeFalse();
    }

    private static async Task<int> AddAsync(TestHousehold home, object camera)
    {
        using var made = await home.Client.PostAsJsonAsync("/api/v1/cameras", camera, Cancel);
        made.StatusCode.ShouldBe(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Cancel));
        return (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt32();
    }

    /// <summary>On a busy machine a second passes between two lines of a test, and the camera is told to stop once more.</summary>
    private static async Task UntilAsync(FakeOnvif device, string command)
    {
        while (await device.Commands.ReadAsync(Cancel) is var next && next != command)
        {
            next.ShouldBe("Stop main");
        }
    }

    private static async Task MovedAsync(HttpClient client, string ptz, object how)
    {
        using var moved = await client.PostAsJsonAsync($"{ptz}/move", how, Cancel);
        moved.StatusCode.ShouldBe(HttpStatusCode.NoContent, await moved.Content.ReadAsStringAsync(Cancel));
    }
}
