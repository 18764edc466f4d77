using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Vigil.Server.Cameras;
using Vigil.Server.Devices.Signaling;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// The watch sessions of this server's viewers, and what goes from one side to the other. A message is passed on only within a session, and only by the two
/// sockets that the session belongs to. A session is kept by its viewer's server; its device may be connected to another one, which <see cref="SignalNodes"/>
/// speaks with.
/// </summary>
internal sealed class WatchSessions(
    SignalHub hub, SignalPresence presence, SignalNodes nodes, CameraAccess access, CameraDirectory cameras, WatchLog log, TurnProbe turn,
    ProxyOffers offers, IOptions<SignalingOptions> options, TimeProvider time)
{
    /// <summary>Pages that somebody forgot to close would otherwise make a phone send and send.</summary>
    private const int MostPerAccount = 16;
    public const int MostPerDevice = 32;

    /// <summary>Guests together: owner and parents always find room beside them.</summary>
    private const int MostOfGuestsPerDevice = 16;

    /// <summary>The contract's word for what one may not see.</summary>
    private const string Unauthorized = "Unauthorized";

    private readonly ConcurrentDictionary<Guid, Watch> watches = new();

    public IEnumerable<Watch> All => watches.Values;

    /// <summary>Ends sessions that never began, and those of members who may not look any more.</summary>
    public void EndOverdue()
    {
        var now = time.GetUtcNow();
        foreach (var (_, watch) in watches)
        {
            bool overdue;
            lock (watch)
            {
                overdue = watch.Session.IsOverdue(now);
            }

            if (overdue)
            {
                End(watch, WatchEnd.Timeout);
            }
            else if (cameras.Find(watch.CameraId) is not { Paused: false } || access.Check(watch.Viewer.Member, watch.CameraId, CameraNeed.View) != CameraAnswer.Allowed)
            {
                End(watch, WatchEnd.Error);
            }
        }
    }

    /// <summary>A device has come; an older socket of the same device, most often the same device before it lost its network, ends.</summary>
    public void Enter(DeviceLink device)
    {
        var older = hub.Enter(device);
        EndAll(watch => watch.DeviceId == device.Device.Id && (older is not null || watch.Node is not null), WatchEnd.DeviceDisconnected);
        older?.Socket.Close(SignalSocket.Replaced, "replaced");
        nodes.Enter(device);
    }

    public void Leave(DeviceLink device)
    {
        if (hub.Leave(device))
        {
            EndAll(watch => watch.DeviceId == device.Device.Id && watch.Node is null, WatchEnd.DeviceDisconnected);
            nodes.Leave(device);
        }
    }

    public void Leave(ViewerLink viewer)
    {
        hub.Leave(viewer);
        EndAll(watch => watch.Viewer == viewer, WatchEnd.ViewerDisconnected);
    }

    /// <summary>A new session of this viewer with the device, told to both; or the sentence that says why not.</summary>
    public async Task<string?> BeginAsync(ViewerLink viewer, SignalDevice device, string? requestId, CancellationToken cancel)
    {
        if (device.CameraId is not { } camera || access.Check(viewer.Member, camera, CameraNeed.View) != CameraAnswer.Allowed)
        {
            // The contract's words for a device of others; "Device not found" is its word for one that was never registered.
            return Unauthorized;
        }

        if (cameras.Find(camera) is { Paused: true })
        {
            return "Device is paused";
        }

        if (device.Publishes)
        {
            return "Device publishes through the server";
        }

        var node = hub.FindDevice(device.Id) is not null ? null : presence.NodeOf(device.Id);
        if (node is null && hub.FindDevice(device.Id) is null)
        {
            return "Device is offline";
        }

        if (viewer.Member.IsGuest && hub.FindDevice(device.Id) is { IsProxying: true })
        {
            return Unauthorized; // Its go2rtc sends straight, and is not told to stop: nothing would end that with the guest's time.
        }

        if (Count(watch => watch.Viewer.Member.AccountId == viewer.Member.AccountId) >= MostPerAccount
            || Count(watch => watch.DeviceId == device.Id) >= MostPerDevice
            || (viewer.Member.IsGuest && Count(watch => watch.DeviceId == device.Id && watch.Viewer.Member.IsGuest) >= MostOfGuestsPerDevice))
        {
            return "Too many sessions";
        }

        await turn.Asked.WaitAsync(cancel);
        var now = time.GetUtcNow();
        // Random, not of the time: knowing one session says nothing about another.
        var watch = new Watch(Guid.NewGuid(), device, node, viewer, new WatchSession(now));
        watches[watch.Id] = watch;
        var user = viewer.Member.AccountId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        nodes.Began(watch);
        var sent = SayToDevice(watch, NodeMessageKind.Ask, SignalText.Message("watch_request", now, null, json =>
        {
            json.WriteString("session_id", watch.Id);
            json.WriteString("user_id", user);
            IceServers.WriteForDevice(json, options.Value, turn.Answers, now, device.DeviceId, watch.Id);
        }));
        if (!sent)
        {
            watches.TryRemove(watch.Id, out _);
            nodes.Ended(watch);
            return "Device is offline";
        }

        viewer.Socket.Say(SignalText.Message("watch_ready", now, requestId, json =>
        {
            json.WriteString("session_id", watch.Id);
            IceServers.WriteForViewer(json, options.Value, turn.Answers, now, user, watch.Id);
        }));
        lock (watch)
        {
            log.Write(watch.Row());
        }

        if (node is null ? hub.FindDevice(device.Id) is null : presence.NodeOf(device.Id) != node)
        {
            End(watch, WatchEnd.DeviceDisconnected); // It left between the two lines.
        }

        return null;
    }

    /// <summary>An offer or a candidate of a viewer; a sentence when it cannot be passed on.</summary>
    public string? FromViewer(ViewerLink viewer, SignalMessage message)
    {
        if (Find(message, out var error) is not { } watch)
        {
            return error;
        }

        if (watch.Viewer != viewer)
        {
            return Unauthorized;
        }

        var isOffer = message.Type == "signal_offer";
        var part = isOffer ? "sdp" : "candidate";
        if (message.Raw(part) is not { } raw)
        {
            return $"Missing {part}";
        }

        WatchVerdict verdict;
        var now = time.GetUtcNow();
        lock (watch)
        {
            var before = watch.Session.State;
            verdict = isOffer ? watch.Session.Offer(now) : watch.Session.Candidate();
            if (watch.Session.State != before)
            {
                log.Write(watch.Row());
            }
        }

        if (verdict != WatchVerdict.Relay)
        {
            return "Session not found";
        }

        var text = SignalText.Signal(isOffer ? "signal_offer" : "signal_ice", now, watch.Id, part, raw.Span);
        if (watch.Node is not null)
        {
            return SayToDevice(watch, NodeMessageKind.Say, text) ? null : "The device's server is out of reach; try again";
        }

        if (hub.FindDevice(watch.DeviceId) is { } link && !SayHere(link, watch.Id, text, viewer.Member.AccountId, viewer.Member.IsGuest, out var refusal) && refusal is not null)
        {
            Refuse(watch, message.RequestId, refusal);
        }

        return null;
    }

    /// <summary>An answer or a candidate of a device; a sentence when it cannot be passed on.</summary>
    public string? FromDevice(DeviceLink device, SignalMessage message) =>
        nodes.TryPassOn(device, message) ? null : FromDevice(device.Device.Id, null, message);

    /// <param name="device">Its row.</param>
    /// <param name="node">The other server that it spoke to; null: to this one.</param>
    /// <param name="message">An answer or a candidate.</param>
    public string? FromDevice(long device, string? node, SignalMessage message)
    {
        if (Find(message, out var error) is not { } watch)
        {
            return error;
        }

        if (watch.DeviceId != device || watch.Node != node)
        {
            return Unauthorized;
        }

        var isAnswer = message.Type == "signal_answer";
        var part = isAnswer ? "sdp" : "candidate";
        if (message.Raw(part) is not { } raw)
        {
            return $"Missing {part}";
        }

        WatchVerdict verdict;
        lock (watch)
        {
            verdict = isAnswer ? watch.Session.Answer() : watch.Session.Candidate();
        }

        switch (verdict)
        {
            case WatchVerdict.Relay:
                watch.Viewer.Socket.Say(SignalText.Signal(isAnswer ? "signal_answer" : "signal_ice", time.GetUtcNow(), watch.Id, part, raw.Span));
                return null;
            case WatchVerdict.Unexpected:
                return "There is no offer to answer";
            default:
                return "Session not found";
        }
    }

    public string? EndByViewer(ViewerLink viewer, SignalMessage message)
    {
        if (Find(message, out var error) is not { } watch)
        {
            return error;
        }

        if (watch.Viewer != viewer)
        {
            return Unauthorized;
        }

        End(watch, WatchEnd.UserEnded);
        return null;
    }

    /// <summary>Ends a session and tells both sides, except the one that ended it.</summary>
    public void End(Watch watch, WatchEnd reason)
    {
        var now = time.GetUtcNow();
        lock (watch)
        {
            if (!watch.Session.End(reason, now))
            {
                return;
            }

            log.Write(watch.Row());
        }

        watches.TryRemove(watch.Id, out _);
        var ended = SignalText.Ended(now, watch.Id, reason);
        if (reason is not (WatchEnd.UserEnded or WatchEnd.ViewerDisconnected))
        {
            watch.Viewer.Socket.Say(ended);
        }

        if (reason != WatchEnd.DeviceDisconnected)
        {
            SayToDevice(watch, NodeMessageKind.End, ended);
        }

        nodes.Ended(watch);
    }

    /// <summary>Another server no longer has the device, or the session; or its device does not take what a viewer here said.</summary>
    public void HearGone(NodeMessage gone)
    {
        if (!watches.TryGetValue(gone.Session, out var watch) || watch.DeviceId != gone.Device || watch.Node != gone.From)
        {
            return;
        }

        if (gone.Reason.Length == 0 || gone.Reason == NodeMessage.Failed)
        {
            End(watch, gone.Reason.Length == 0 ? WatchEnd.DeviceDisconnected : WatchEnd.Error);
        }
        else
        {
            Refuse(watch, null, gone.Reason);
        }
    }

    public void EndAll(Func<Watch, bool> which, WatchEnd reason)
    {
        foreach (var (_, watch) in watches)
        {
            if (which(watch))
            {
                End(watch, reason);
            }
        }
    }

    /// <summary>Something of a session for a device here. False when it cannot be said, or <paramref name="refusal"/> says why the device does not take it.</summary>
    public bool SayHere(DeviceLink link, Guid session, byte[] text, long account, bool isGuest, out string? refusal)
    {
        refusal = link.IsProxying && isGuest ? Unauthorized : null;
        return refusal is null && (link.IsProxying && offers.TryPut(this, link, session, account, text, out refusal) ? refusal is null : link.Socket.Say(text));
    }

    /// <summary>The device here cannot answer the offer of this session.</summary>
    public void GiveUp(DeviceLink link, Guid session)
    {
        if (!nodes.TryGiveUp(session, link.Device.Id, NodeMessage.Failed) && watches.TryGetValue(session, out var watch) && watch.Node is null && watch.DeviceId == link.Device.Id)
        {
            End(watch, WatchEnd.Error);
        }
    }

    /// <summary>False when it cannot be said.</summary>
    private bool SayToDevice(Watch watch, NodeMessageKind kind, byte[] text) => watch.Node is { } node
        ? nodes.Send(node, new NodeMessage
        {
            Kind = kind,
            From = nodes.Me,
            Device = watch.DeviceId,
            Session = watch.Id,
            Account = watch.Viewer.Member.AccountId,
            IsGuest = watch.Viewer.Member.IsGuest,
            Text = text,
        })
        : hub.FindDevice(watch.DeviceId) is { } link && link.Socket.Say(text);

    /// <summary>The viewer learns why before the session ends; which goes on when the device is only busy.</summary>
    private void Refuse(Watch watch, string? requestId, string why)
    {
        watch.Viewer.Socket.Say(SignalText.Error(time.GetUtcNow(), requestId, why));
        if (why != ProxyAsks.Busy)
        {
            End(watch, WatchEnd.Error);
        }
    }

    private int Count(Func<Watch, bool> which)
    {
        var count = 0;
        foreach (var (_, watch) in watches)
        {
            count += which(watch) ? 1 : 0;
        }

        return count;
    }

    private Watch? Find(SignalMessage message, out string error)
    {
        error = message.Session is null ? "Missing session_id" : "Session not found";
        return message.Session is { } id ? watches.GetValueOrDefault(id) : null;
    }
}
