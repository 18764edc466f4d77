using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// Puts HTTP requests to devices of the second generation through their sockets (`proxy_http`) and waits for the answers (`proxy_http_resp`); also when the
/// device is connected to another server.
/// </summary>
internal sealed class ProxyAsks(SignalNodes nodes, TimeProvider time)
{
    /// <summary>The device answers as much as it may at a time.</summary>
    public const string Busy = "Device busy";

    /// <summary>A message from one server to another: what Redis is read with takes a megabyte.</summary>
    private const int LongestBetweenServers = 900 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Waiting> asked = new();

    /// <summary>Asks a device that is connected here.</summary>
    public Task<ProxyAnswer> AskAsync(DeviceLink link, long account, ProxyRequest request, CancellationToken cancel)
    {
        var rid = NewNumber();
        return AskAsync(link, account, rid, request.ToText(rid, time.GetUtcNow(), Patience), cancel);
    }

    /// <summary>The same by somebody who has noted the request with the device (<see cref="DeviceLink.TryAsk"/>), and ends it.</summary>
    public Task<ProxyAnswer> AskNotedAsync(DeviceLink link, ProxyRequest request, CancellationToken cancel)
    {
        var rid = NewNumber();
        var text = request.ToText(rid, time.GetUtcNow(), Patience);
        return WaitAsync(rid, new Waiting(link, link.Device.Id, null), () => link.Socket.Say(text), cancel);
    }

    /// <summary>Asks a device that is connected to another server.</summary>
    public async Task<ProxyAnswer> AskAsync(string node, long device, long account, ProxyRequest request, CancellationToken cancel)
    {
        var rid = NewNumber();
        var text = request.ToText(rid, time.GetUtcNow(), Patience);
        return text.Length > LongestBetweenServers
            ? ProxyAnswer.Failed(StatusCodes.Status413PayloadTooLarge, "The request is too long for a device that is connected to another server")
            : await WaitAsync(rid, new Waiting(null, device, node), () => Send(NodeMessageKind.Proxy, node, device, account, text), cancel);
    }

    /// <summary>An answer of a device here; one that nobody waits for, or that another device was asked, is nothing.</summary>
    public void Take(DeviceLink from, SignalMessage message) => Take(message, waiting => waiting.Link == from);

    /// <summary>The device has gone: who waits for it need not.</summary>
    public void Forget(DeviceLink link) => Forget(waiting => waiting.Link == link);

    /// <summary>The device has gone from another server.</summary>
    public void Forget(string node, long device) => Forget(waiting => waiting.Node == node && waiting.Device == device);

    /// <summary>Another server asks a device that is connected here. Does not wait.</summary>
    public void Hear(NodeMessage message, DeviceLink? link)
    {
        if (SignalMessage.TryParse(message.Text, out var request) == SignalFault.None && request.Text("rid") is { Length: > 0 } rid)
        {
            _ = AnswerAsync(message, link, rid);
        }
    }

    /// <summary>Another server says what its device has answered.</summary>
    public void Heard(NodeMessage message)
    {
        if (SignalMessage.TryParse(message.Text, out var answer) == SignalFault.None)
        {
            Take(answer, waiting => waiting.Node == message.From && waiting.Device == message.Device);
        }
    }

    private async Task AnswerAsync(NodeMessage message, DeviceLink? link, string rid)
    {
        var answer = link is null ? ProxyAnswer.Offline : await AskAsync(link, message.Account, rid, message.Text, CancellationToken.None);
        var text = answer.ToText(rid, time.GetUtcNow());
        Send(
            NodeMessageKind.Proxied, message.From, message.Device, message.Account,
            text.Length <= LongestBetweenServers ? text
                : ProxyAnswer.Failed(StatusCodes.Status502BadGateway, "The answer is too long: the device is connected to another server").ToText(rid, time.GetUtcNow()));
    }

    private async Task<ProxyAnswer> AskAsync(DeviceLink link, long account, string rid, byte[] text, CancellationToken cancel)
    {
        if (!link.TryAsk(account))
        {
            return ProxyAnswer.Failed(StatusCodes.Status503ServiceUnavailable, Busy);
        }

        try
        {
            return await WaitAsync(rid, new Waiting(link, link.Device.Id, null), () => link.Socket.Say(text), cancel);
        }
        finally
        {
            link.EndAsk(account, time);
        }
    }

    private async Task<ProxyAnswer> WaitAsync(string rid, Waiting waiting, Func<bool> say, CancellationToken cancel)
    {
        asked[rid] = waiting;
        try
        {
            return say() ? await waiting.Answer.Task.WaitAsync(Patience, time, cancel) : ProxyAnswer.Offline;
        }
        catch (TimeoutException)
        {
            return ProxyAnswer.Failed(StatusCodes.Status504GatewayTimeout, "Proxy timeout");
        }
        finally
        {
            asked.TryRemove(rid, out _);
        }
    }

    private bool Send(NodeMessageKind kind, string node, long device, long account, byte[] text) =>
        nodes.Send(node, new NodeMessage { Kind = kind, From = nodes.Me, Device = device, Account = account, Text = text });

    private void Take(SignalMessage message, Func<Waiting, bool> isAsked)
    {
        if (message.Text("rid") is { } rid && asked.TryGetValue(rid, out var waiting) && isAsked(waiting))
        {
            waiting.Answer.TrySetResult(ProxyAnswer.Of(message));
        }
    }

    private void Forget(Func<Waiting, bool> isGone)
    {
        foreach (var (_, waiting) in asked)
        {
            if (isGone(waiting))
            {
                waiting.Answer.TrySetResult(ProxyAnswer.Offline);
            }
        }
    }

    private static string NewNumber() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <param name="Link">The device here; null: it is on <paramref name="Node"/>.</param>
    /// <param name="Device">Its row.</param>
    /// <param name="Node">The other server.</param>
    private sealed record Waiting(DeviceLink? Link, long Device, string? Node)
    {
        public TaskCompletionSource<ProxyAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
