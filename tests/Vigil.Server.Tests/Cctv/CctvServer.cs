using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests.Cctv;

/// <summary>One server with one family and one made-up camera, for tests that leave the camera as it was.</summary>
public sealed class CctvServer : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public TestHousehold Home { get; private set; } = null!;

    /// <summary>The owner, through the contract.</summary>
    public CctvCaller Owner { get; private set; } = null!;

    /// <summary>The uid of a camera that is live.</summary>
    public string Camera { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Server = await TestServer.StartAsync();
        await TestHousehold.CreateAsync(Server, "admin"); // The first account is superadmin; this family is an ordinary one.
        Home = await TestHousehold.CreateAsync(Server, "ana");
        Owner = await CctvCaller.SignInAsync(Server, "ana@example.org");
        Camera = await AddCameraAsync("Crib");
        await WaitUntilLiveAsync(Camera);
    }

    public async Task<string> AddCameraAsync(string name, string address = "test:", string? sub = null) =>
        (await Owner.PostAsync("/cctv/cameras/", new { name, rtsp_url = address, rtsp_url_sub = sub })).ShouldBe(HttpStatusCode.Created)["id"]!;

    public async Task WaitUntilLiveAsync(string camera) =>
        (await Owner.PostAsync($"/cctv/cameras/{camera}/set_online/")).ShouldBeOk().Json.GetProperty("success").GetBoolean().ShouldBeTrue();

    /// <summary>The camera's number, for our own API.</summary>
    public async Task<int> NumberOfAsync(string camera) =>
        (await Home.Client.GetFromJsonAsync<JsonElement>("/api/v1/cameras", CctvCaller.Patience())).EnumerateArray()
            .Single(c => c.GetProperty("uid").GetString() == camera).GetProperty("id").GetInt32();

    /// <summary>Another family, signed in through the contract.</summary>
    public async Task<CctvCaller> NeighbourAsync()
    {
        var name = Name();
        await TestHousehold.CreateAsync(Server, name);
        return await CctvCaller.SignInAsync(Server, $"{name}@example.org");
    }

    /// <summary>Somebody of this family with that place and, when it is given, that server role.</summary>
    public async Task<CctvCaller> MemberAsync(Place place)
    {
        var name = Name();
        await Home.AddAsync(name, place);
        return await CctvCaller.SignInAsync(Server, $"{name}@example.org");
    }

    public static string Name() => "p" + Guid.NewGuid().ToString("N")[..10];

    public async ValueTask DisposeAsync()
    {
        Owner.Dispose();
        await Server.DisposeAsync();
    }
}
