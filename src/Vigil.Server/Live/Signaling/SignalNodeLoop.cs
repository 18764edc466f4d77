using System.Text.Json;
using Vigil.Server.Devices.Redis;
using Vigil.Server.Devices.Signaling;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>Keeps this server in touch with the others through Redis: hears what they say, renews what it has written, and clears up after servers that died.</summary>
internal sealed partial class SignalNodeLoop(
    RedisClient redis, SignalNodes nodes, SignalHub hub, WatchSessions sessions, ProxyAsks asks, SignalPresence presence, Pulses pulses, TimeProvider time,
    ILogger<SignalNodeLoop> log) : BackgroundService
{
    private const int RoundsPerRenewal = 3;

    /// <summary>When a Redis that has forgotten everything comes back, others need a moment to say that they live.</summary>
    private const int RoundsToComeBack = 2;
    private const int AtOnce = 256;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private HashSet<long>? heardMeanwhile;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (redis.IsSet)
        {
            try
            {
                // Behind the goodbyes of the devices, which have been said before.
                await redis.AskAsync(["DEL", SignalNodes.NodeKey(nodes.Me)], CancellationToken.None).WaitAsync(Goodbye, time, cancellationToken);
            }
            catch (Exception away) when (away is RedisException or TimeoutException or OperationCanceledException)
            {
                // It vanishes by itself.
            }
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!redis.IsSet)
        {
            return;
        }

        using var pulse = pulses.Register("other servers", TimeSpan.FromMinutes(1));
        pulse.Rest();
        try
        {
            await redis.RunAsync([SignalNodes.Everybody, SignalNodes.NodeKey(nodes.Me)], (_, message) => Hear(message), cancel => KeepUpAsync(pulse, cancel), stoppingToken);
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task KeepUpAsync(Pulse pulse, CancellationToken cancel)
    {
        try
        {
            for (var round = 0; ; round++)
            {
                await redis.AskAsync(["SET", SignalNodes.NodeKey(nodes.Me), "1", "PX", (long)SignalNodes.NodeLife.TotalMilliseconds], cancel);
                if (round % RoundsPerRenewal == 0)
                {
                    await AskAllAsync([.. hub.Devices.Select(device => nodes.Entry(device, isNew: false))], cancel);
                    await AskAllAsync([.. sessions.All.Select(nodes.Entry)], cancel);
                    // The first time others may not have written again what a Redis without a memory has forgotten.
                    await ReadOthersAsync(isComplete: round > 0, cancel);
                    if (round > 0)
                    {
                        await DropGuestsAsync(cancel);
                    }
                }

                if (round >= RoundsToComeBack)
                {
                    await ClearUpAsync(cancel);
                }

                presence.ReachOthers(true);
                pulse.Beat();
                await Task.Delay(Every, time, cancel);
            }
        }
        finally
        {
            presence.ReachOthers(false);
            pulse.Rest();
        }
    }

    /// <summary>Called for one message after the other; must not wait.</summary>
    private void Hear(byte[] bytes)
    {
        if (NodeMessage.Parse(bytes) is not { } message)
        {
            LogNotUnderstood();
            return;
        }

        switch (message.Kind)
        {
            case NodeMessageKind.Came:
                Came(message);
                break;
            case NodeMessageKind.Left:
                NoteHeard(message.Device);
                presence.PartElsewhere(message.Device, message.From);
                sessions.EndAll(watch => watch.DeviceId == message.Device && watch.Node == message.From, WatchEnd.DeviceDisconnected);
                asks.Forget(message.From, message.Device);
                break;
            case NodeMessageKind.Ask or NodeMessageKind.Say or NodeMessageKind.End:
                FromViewer(message);
                break;
            case NodeMessageKind.Heard:
                FromDevice(message);
                break;
            case NodeMessageKind.Gone:
                sessions.HearGone(message);
                break;
            case NodeMessageKind.Proxy:
                asks.Hear(message, hub.FindDevice(message.Device));
                break;
            case NodeMessageKind.Proxied:
                asks.Heard(message);
                break;
        }
    }

    private void Came(NodeMessage message)
    {
        NoteHeard(message.Device);
        var link = hub.FindDevice(message.Device);
        if (message.From == nodes.Me)
        {
            presence.PartElsewhere(message.Device, null);
            if (link?.Number == message.Link)
            {
                link.IsAnnounced = true;
            }

            return;
        }

        presence.MeetElsewhere(message.Device, new Elsewhere(message.From, message.Name));
        sessions.EndAll(watch => watch.DeviceId == message.Device && watch.Node is { } node && node != message.From, WatchEnd.DeviceDisconnected);
        if (link is { IsAnnounced: true })
        {
            link.Socket.Close(SignalSocket.Replaced, "replaced"); // Ours was announced before theirs.
        }
    }

    private void FromViewer(NodeMessage message)
    {
        var guest = new SignalNodes.Guest(message.From, message.Device);
        string? refusal = null;
        var isSaid = hub.FindDevice(message.Device) is { } link
            && (message.Kind == NodeMessageKind.Ask ? nodes.TryAddGuest(message.Session, guest) : nodes.IsGuest(message.Session, guest))
            && (message.Kind == NodeMessageKind.End
                ? link.Socket.Say(message.Text) : sessions.SayHere(link, message.Session, message.Text, message.Account, message.IsGuest, out refusal));
        if (message.Kind == NodeMessageKind.End)
        {
            nodes.DropGuest(message.Session, guest);
        }
        else if (!isSaid)
        {
            if (refusal is null || message.Kind == NodeMessageKind.Ask)
            {
                nodes.DropGuest(message.Session, guest); // Otherwise the viewer's server ends the session, and the device is told.
            }

            nodes.Send(message.From, new NodeMessage
            {
                Kind = NodeMessageKind.Gone,
                From = nodes.Me,
                Device = message.Device,
                Session = message.Session,
                Reason = refusal ?? "",
            });
        }
    }

    private void FromDevice(NodeMessage message)
    {
        if (SignalMessage.TryParse(message.Text, out var said) == SignalFault.None && sessions.FromDevice(message.Device, message.From, said) is { } error)
        {
            nodes.Send(message.From, new NodeMessage
            {
                Kind = NodeMessageKind.Say,
                From = nodes.Me,
                Device = message.Device,
                Session = message.Session,
                Text = SignalText.Error(time.GetUtcNow(), said.RequestId, error),
            });
        }
    }

    /// <summary>Reads which devices other servers have.</summary>
    /// <param name="isComplete">What is not there has gone.</param>
    /// <param name="cancel">The connection ends.</param>
    private async Task ReadOthersAsync(bool isComplete, CancellationToken cancel)
    {
        var found = new Dictionary<long, Elsewhere>();
        lock (gate)
        {
            heardMeanwhile = [];
        }

        var cursor = "0";
        do
        {
            if (await redis.AskAsync(["HSCAN", SignalNodes.OnlineKey, cursor, "COUNT", "500"], cancel) is not { Items: [var next, { Items: var entries }] })
            {
                throw new RedisException("it answers something else than was asked");
            }

            cursor = next.Text;
            for (var i = 0; i + 1 < entries.Length; i += 2)
            {
                if (RowAndNodeOf(entries[i + 1].Bytes) is var (row, node) && node != nodes.Me)
                {
                    found[row] = new Elsewhere(node, entries[i].Text);
                }
            }
        }
        while (cursor != "0");

        lock (gate)
        {
            // Of these somebody has said something newer.
            foreach (var (row, at) in found.Where(one => !heardMeanwhile.Contains(one.Key)))
            {
                presence.MeetElsewhere(row, at);
            }

            foreach (var row in isComplete ? presence.AllElsewhere.Keys.Where(row => !found.ContainsKey(row) && !heardMeanwhile.Contains(row)).ToList() : [])
            {
                presence.PartElsewhere(row, null);
            }

            heardMeanwhile = null;
        }

        if (isComplete)
        {
            sessions.EndAll(
                watch => watch.Node is { } node && !(presence.AllElsewhere.TryGetValue(watch.DeviceId, out var at) && at.Node == node), WatchEnd.DeviceDisconnected);
        }
    }

    /// <summary>Takes out the devices of servers that have died, and the sessions of their viewers.</summary>
    private async Task ClearUpAsync(CancellationToken cancel)
    {
        foreach (var node in presence.AllElsewhere.Values.Select(at => at.Node).Concat(nodes.Guests.Select(guest => guest.Value.Node)).Distinct().ToList())
        {
            if (await redis.AskAsync(["EXISTS", SignalNodes.NodeKey(node)], cancel) is { Number: > 0 })
            {
                continue;
            }

            LogDied();
            // Everybody hears of it, this server too.
            await AskAllAsync([.. presence.AllElsewhere.Where(one => one.Value.Node == node).Select(one => NodeScripts.Remove(one.Value.DeviceId, one.Key, node))], cancel);
            foreach (var (session, guest) in nodes.Guests.Where(one => one.Value.Node == node))
            {
                EndGuest(session, guest);
            }
        }
    }

    /// <summary>Sessions whose end this server has not heard of, because Redis was away.</summary>
    private async Task DropGuestsAsync(CancellationToken cancel)
    {
        var guests = nodes.Guests.ToList();
        var answers = await AskAllAsync([.. guests.Select(one => (RespWord[])["EXISTS", SignalNodes.SessionKey(one.Key)])], cancel);
        for (var i = 0; i < guests.Count; i++)
        {
            if (answers[i].Number == 0)
            {
                EndGuest(guests[i].Key, guests[i].Value);
            }
        }
    }

    private void EndGuest(Guid session, SignalNodes.Guest guest)
    {
        if (nodes.DropGuest(session, guest))
        {
            hub.FindDevice(guest.Device)?.Socket.Say(SignalText.Ended(time.GetUtcNow(), session, WatchEnd.ViewerDisconnected));
        }
    }

    private async Task<List<RespValue>> AskAllAsync(IReadOnlyList<RespWord[]> commands, CancellationToken cancel)
    {
        var answers = new List<RespValue>(commands.Count);
        foreach (var some in commands.Chunk(AtOnce))
        {
            answers.AddRange(await Task.WhenAll(some.Select(command => redis.AskAsync(command, cancel))));
        }

        return answers;
    }

    private void NoteHeard(long device)
    {
        lock (gate)
        {
            heardMeanwhile?.Add(device);
        }
    }

    private static (long Row, string Node)? RowAndNodeOf(byte[] entry)
    {
        try
        {
            using var document = JsonDocument.Parse(entry);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var row)
                && root.TryGetProperty("node", out var node) && node.ValueKind == JsonValueKind.String ? (row, node.GetString()!) : null;
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException)
        {
            return null; // Somebody else's entry.
        }
    }

    [LoggerMessage(EventId = 1713, Level = LogLevel.Warning, Message = "Another server that had devices or viewers here has gone without a word; what it had is cleared away.")]
    private partial void LogDied();

    [LoggerMessage(EventId = 1714, Level = LogLevel.Debug, Message = "Something came through Redis that no server of this version says.")]
    private partial void LogNotUnderstood();
}
