using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Live.Signaling;
using Vigil.Testing;

namespace Vigil.Server.Tests.Live.Signaling;

/// <summary>
/// Every message of the contract in any order, from whoever can say it, over real sockets: beside the server runs a model of what the contract promises, and
/// after each message everybody must have heard exactly what the model says, and nothing else.
/// </summary>
public sealed class SequenceTests : IAsyncLifetime
{
    private const int Sequences = 24;
    private const int Steps = 50;
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    // It stands: nothing ends by itself.
    private readonly ManualTime time = new();
    private TestServer server = null!;
    private readonly Dictionary<string, SignalDevice> devices = [];
    private readonly Dictionary<string, string> tokens = [];

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync(time);
        foreach (var (who, ids) in new[] { ("ana", (string[])["crib", "cot"]), ("eve", ["hers"]) })
        {
            await TestHousehold.CreateAsync(server, who);
            tokens[who] = await SignalDesk.TokenAsync(server, who);
            foreach (var id in ids)
            {
                devices[id] = await SignalDesk.PairAsync(server, tokens[who], id);
            }
        }
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Whatever_is_said_in_whatever_order_is_answered_as_documented_and_leaves_nothing_behind()
    {
        for (var seed = 1; seed <= Sequences; seed++)
        {
            var said = new List<string>();
            try
            {
                await RunAsync(new Random(seed), said);
            }
            catch (Exception wrong)
            {
                throw new InvalidOperationException($"Sequence {seed}: {wrong.Message}\n{string.Join('\n', said)}", wrong);
            }
        }
    }

    private async Task RunAsync(Random random, List<string> said)
    {
        var people = new List<Person>();
        foreach (var id in devices.Keys)
        {
            people.Add(new Person(id, id, null) { Peer = await DeviceAsync(id) });
        }

        foreach (var (name, account) in new[] { ("tab one", "ana"), ("tab two", "ana"), ("eve's", "eve") })
        {
            people.Add(new Person(name, null, account) { Peer = await SignalPeer.ViewerAsync(server, tokens[account]) });
        }

        var sessions = new List<Session>();
        for (var step = 0; step < Steps; step++)
        {
            var who = people[random.Next(people.Count)];
            if (who.Peer is null || random.Next(25) == 0)
            {
                said.Add($"{who.Name} {(who.Peer is null ? "comes" : "goes")}");
                await (who.Peer is null ? ComeAsync(who) : GoAsync(who, people, sessions, said));
                continue;
            }

            var (type, payload) = Message(random, sessions);
            var number = step.ToString(CultureInfo.InvariantCulture);
            said.Add($"{number} {who.Name}: {type} {payload?.ToJsonString()}");
            var expected = Expect(who, type, payload, number, people, sessions);
            await (payload is null ? who.Peer.SayTextAsync("{ \"type\": \"" + type) : who.Peer.SayAsync(type, payload, number));
            var heard = new List<string>();
            // Whoever spoke first: what was passed on to others waits for them when this is answered.
            foreach (var one in people.OrderByDescending(one => one == who).Where(one => one.Peer is not null))
            {
                heard.AddRange((await HeardAsync(one.Peer!)).Select(message => Word(one, message, who == one, sessions)));
            }

            heard.Order().ShouldBe(expected.Order(), string.Join('\n', said));
        }

        foreach (var one in people.Where(one => one.Peer is not null).OrderBy(one => one.Device is not null).ToList())
        {
            await GoAsync(one, people, sessions, said);
        }

        await NothingStaysAsync(sessions);
    }

    /// <summary>What the contract promises: who hears which message, in the words of <see cref="Word"/>.</summary>
    private List<string> Expect(Person who, string type, JsonObject? payload, string number, List<Person> people, List<Session> sessions)
    {
        List<string> Error(string why) => [$"{who.Name} error {number} {why}"];
        if (payload is null)
        {
            return [$"{who.Name} error - Malformed message"];
        }

        if (type == "hello")
        {
            return [$"{who.Name} hello_ack {number}"];
        }

        if (type is "device_presence" or "proxy_http_resp" && who.Device is not null)
        {
            return [];
        }

        var isMine = who.Device is null ? type is "watch_request" or "signal_offer" or "signal_ice" or "end_watch" : type is "signal_answer" or "signal_ice";
        if (!isMine)
        {
            return Error("Unknown message type");
        }

        if (type == "watch_request")
        {
            if (payload["device_id"] is not { } given)
            {
                return Error("Missing device_id");
            }

            var id = (string)given!;
            if (!devices.ContainsKey(id))
            {
                return Error("Device not found");
            }

            if ((id == "hers") != (who.Account == "eve"))
            {
                return Error("Unauthorized");
            }

            if (people.Single(one => one.Device == id).Peer is null)
            {
                return Error("Device is offline");
            }

            if (sessions.Count(one => !one.IsOver && one.Viewer.Account == who.Account) >= 16)
            {
                return Error("Too many sessions");
            }

            sessions.Add(new Session(sessions.Count, who, id));
            return [$"{who.Name} watch_ready {number} {sessions.Count - 1}", $"{id} watch_request - {sessions.Count - 1}"];
        }

        if (payload["session_id"] is not { } of || !Guid.TryParse((string?)of, out var guid))
        {
            return Error("Missing session_id");
        }

        if (sessions.Find(one => one.Id == guid && !one.IsOver) is not { } session)
        {
            return Error("Session not found");
        }

        if (who.Device is null ? session.Viewer != who : session.Device != who.Device)
        {
            return Error("Unauthorized");
        }

        var other = who.Device is null ? session.Device : session.Viewer.Name;
        if (type == "end_watch")
        {
            session.IsOver = true;
            return [$"{other} watch_ended user_ended {session.Number}"];
        }

        var part = type == "signal_ice" ? "candidate" : "sdp";
        if (!payload.TryGetPropertyValue(part, out var content))
        {
            return Error($"Missing {part}");
        }

        if (type == "signal_answer" && !session.IsOffered)
        {
            return Error("There is no offer to answer");
        }

        session.IsOffered |= type == "signal_offer";
        return [$"{other} {type} {content?.ToJsonString() ?? "null"} {session.Number}"];
    }

    private static (string Type, JsonObject? Payload) Message(Random random, List<Session> sessions)
    {
        var type = Pick(random, "watch_request", "watch_request", "signal_offer", "signal_offer", "signal_answer", "signal_answer", "signal_ice", "signal_ice", "end_watch",
            "hello", "device_presence", "proxy_http_resp", "watch_ready", "watch_ended", "hello_ack", "dance", "");
        if (type.Length == 0 || random.Next(40) == 0)
        {
            return ("broken", null);
        }

        var payload = new JsonObject();
        if (type == "watch_request")
        {
            Put("device_id", Pick(random, "crib", "crib", "cot", "hers", "never"));
            return (type, payload);
        }

        var session = sessions.Count > 0 && random.Next(10) > 0 ? sessions[random.Next(sessions.Count)].Id.ToString() : Pick(random, Guid.NewGuid().ToString(), "no number");
        Put("session_id", session);
        Put("sdp", random.Next(2) == 0 ? "v=0" : new JsonObject { ["type"] = "offer", ["sdp"] = "v=0" });
        Put("candidate", random.Next(3) == 0 ? null : new JsonObject { ["candidate"] = "candidate:1", ["sdpMLineIndex"] = 0 });
        Put("rid", "nobody's");
        return (type, payload);

        void Put(string name, JsonNode? value)
        {
            if (random.Next(12) > 0)
            {
                payload[name] = value;
            }
        }
    }

    /// <summary>Everything that was said to it until now.</summary>
    private static async Task<List<JsonElement>> HeardAsync(SignalPeer peer)
    {
        await peer.SayAsync("heartbeat", requestId: "barrier");
        var heard = new List<JsonElement>();
        while (await peer.NextAsync() is { } message)
        {
            if (message.GetProperty("type").GetString() == "heartbeat_ack")
            {
                return heard;
            }

            heard.Add(message);
        }

        throw new InvalidOperationException($"closed: {peer.CloseReason}");
    }

    private static string Word(Person who, JsonElement message, bool isAnswer, List<Session> sessions)
    {
        var type = message.GetProperty("type").GetString()!;
        var payload = message.GetProperty("payload");
        var number = message.TryGetProperty("request_id", out var id) ? id.GetString() : "-";
        if (!isAnswer)
        {
            number.ShouldBe("-");
        }

        if (payload.TryGetProperty("session_id", out var of) && of.GetGuid() is var guid && sessions.Count > 0 && sessions[^1].Id == Guid.Empty)
        {
            sessions[^1].Id = guid; // The first that is heard of it.
        }

        return type switch
        {
            "error" => $"{who.Name} error {number} {payload.GetProperty("message").GetString()}",
            "hello_ack" => $"{who.Name} hello_ack {number}",
            "watch_ready" or "watch_request" => $"{who.Name} {type} {number} {Number()}",
            "watch_ended" => $"{who.Name} watch_ended {payload.GetProperty("reason").GetString()} {Number()}",
            "signal_ice" => $"{who.Name} {type} {payload.GetProperty("candidate").GetRawText()} {Number()}",
            "signal_offer" or "signal_answer" => $"{who.Name} {type} {payload.GetProperty("sdp").GetRawText()} {Number()}",
            _ => $"{who.Name} {type}",
        };

        int Number() => sessions.Find(one => one.Id == payload.GetProperty("session_id").GetGuid())?.Number ?? -1;
    }

    private async Task ComeAsync(Person who) =>
        who.Peer = who.Device is { } id ? await DeviceAsync(id) : await SignalPeer.ViewerAsync(server, tokens[who.Account!]);

    /// <summary>A device whose hello was taken in wholly.</summary>
    private async Task<SignalPeer> DeviceAsync(string id)
    {
        var peer = await SignalPeer.DeviceAsync(server, id);
        (await HeardAsync(peer)).ShouldBeEmpty();
        return peer;
    }

    /// <summary>Its sessions end, and the other sides are told.</summary>
    private async Task GoAsync(Person who, List<Person> people, List<Session> sessions, List<string> said)
    {
        var presence = server.Services.GetRequiredService<SignalPresence>();
        using var changes = presence.Changed.Listen(100);
        await who.Peer!.CloseAsync();
        await who.Peer.DisposeAsync();
        who.Peer = null;
        var ends = sessions.Where(one => !one.IsOver && (one.Viewer == who || one.Device == who.Device)).ToList();
        var told = new List<string>();
        foreach (var session in ends)
        {
            session.IsOver = true;
            var other = who.Device is null ? people.Single(one => one.Device == session.Device) : session.Viewer;
            told.Add(Word(other, (await other.Peer!.NextAsync())!.Value, false, sessions));
        }

        var reason = who.Device is null ? "viewer_disconnected" : "device_disconnected";
        told.Order().ShouldBe(
            ends.Select(one => $"{(who.Device is null ? one.Device : one.Viewer.Name)} watch_ended {reason} {one.Number}").Order(), string.Join('\n', said));
        while (who.Device is { } id && presence.IsOnline(devices[id].Id))
        {
            await changes.Items.ReadAsync(Cancel);
        }
    }

    private async Task NothingStaysAsync(List<Session> sessions)
    {
        var hub = server.Services.GetRequiredService<SignalHub>();
        server.Services.GetRequiredService<WatchSessions>().All.ShouldBeEmpty();
        hub.Devices.ShouldBeEmpty();
        sessions.ShouldAllBe(one => one.IsOver);
        await server.Services.GetRequiredService<WatchLog>().WrittenAsync(Cancel);
        await using var connection = await server.Database.OpenConnectionAsync(Cancel);
        var rows = (await connection.QueryAsync<(string Status, string? Reason)>(
            "select status, reason from watch_sessions where id = any(@ids)", new { ids = sessions.Select(one => one.Id).ToArray() })).ToList();
        rows.Count.ShouldBe(sessions.Count);
        rows.ShouldAllBe(row => row.Status == "ended" && (row.Reason == "user_ended" || row.Reason == "viewer_disconnected" || row.Reason == "device_disconnected"));
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> from) => from[random.Next(from.Length)];

    private sealed record Person(string Name, string? Device, string? Account)
    {
        public SignalPeer? Peer { get; set; }
    }

    private sealed record Session(int Number, Person Viewer, string Device)
    {
        public Guid Id { get; set; }

        public bool IsOffered { get; set; }

        public bool IsOver { get; set; }
    }
}
