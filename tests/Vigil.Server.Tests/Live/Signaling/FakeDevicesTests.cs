using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agent;
using Vigil.Server.Devices.Signaling;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>The load that <c>vigil-agent --fake</c> makes.</summary>
public sealed class FakeDevicesTests
{
    private const int Many = 200;
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hundred_fake_devices_come_and_any_of_them_answers_a_viewer()
    {
        await using var server = await TestServer.StartAsync();
        await TestHousehold.CreateAsync(server, "ana");
        var token = await SignalDesk.TokenAsync(server, "ana");
        await using (var connection = await server.Database.OpenConnectionAsync(Cancel))
        {
            // All but the first, which registers by itself: more at once are refused from one address.
            await connection.ExecuteAsync(
                "insert into signal_device (device_id, registered_at) select 'fake-' || lpad(n::text, 5, '0'), now() from generate_series(2, @Many) n", new { Many });
        }

        var settings = new AgentSettings { Server = server.Address, Source = null, Name = "fake", State = "none", Ffmpeg = "none" };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var door = new ServerDoor(settings);
        using var fakes = new FakeDevices(settings, door, TimeProvider.System);
        using var changes = server.Services.GetRequiredService<SignalPresence>().Changed.Listen(4 * Many);
        var running = fakes.RunAsync(Many, stop.Token);
        var here = new HashSet<long>();
        while (here.Count < Many)
        {
            here.Add(await changes.Items.ReadAsync(Cancel));
        }

        await using var viewer = await SignalPeer.ViewerAsync(server, token);
        foreach (var id in new[] { "fake-00001", "fake-00200" })
        {
            await SignalDesk.PairAsync(server, token, id);
            await viewer.SayAsync("watch_request", new { device_id = id });
            var session = (await viewer.PayloadAsync("watch_ready")).GetProperty("session_id").GetString();
            await viewer.SayAsync("signal_offer", new { session_id = session, sdp = "v=0" });
            var answer = await viewer.PayloadAsync("signal_answer");
            answer.GetProperty("session_id").GetString().ShouldBe(session);
            answer.GetProperty("sdp").GetProperty("type").GetString().ShouldBe("answer");
        }

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
    }
}
