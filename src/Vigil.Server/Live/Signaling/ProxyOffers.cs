using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// A viewer's offer for a device of the second generation, which answers no `signal_offer`: its go2rtc is asked as the contract's own page does, with a form
/// that holds the offer in base64, and answers in the same way. The media then goes straight, as with any other device.
/// </summary>
internal sealed class ProxyOffers(ProxyAsks asks, TimeProvider time)
{
    private const string Usual = "cam";

    /// <summary>Sessions with an offer that waits for its answer: one at a time, because each takes one of the few requests that a device answers at once.</summary>
    private readonly ConcurrentDictionary<Guid, byte> waiting = new();

    /// <summary>
    /// Puts an offer, and later says the answer in the session as if the device had; without one the session ends. False when the text is none. An offer while
    /// another of the session waits is refused, and so is one more than the device or this account may have under way.
    /// </summary>
    public bool TryPut(WatchSessions sessions, DeviceLink link, Guid session, long account, byte[] text, out string? refusal)
    {
        refusal = null;
        if (SignalMessage.TryParse(text, out var message) != SignalFault.None || message.Type != "signal_offer" || message.Raw("sdp") is not { } offer)
        {
            return false;
        }

        if (!waiting.TryAdd(session, 0))
        {
            refusal = ProxyAsks.Busy;
        }
        else if (link.TryAsk(account))
        {
            _ = PutAsync(sessions, link, session, account, Encoding.UTF8.GetString(offer.Span));
        }
        else
        {
            waiting.TryRemove(session, out _);
            refusal = ProxyAsks.Busy;
        }

        return true;
    }

    private async Task PutAsync(WatchSessions sessions, DeviceLink link, Guid session, long account, string offer)
    {
        string? answer;
        try
        {
            answer = await AnswerAsync(link, offer);
        }
        finally
        {
            link.EndAsk(account, time);
            waiting.TryRemove(session, out _); // Before the answer is said: the next offer may follow it at once.
        }

        if (answer is null
            || SignalMessage.TryParse(SignalText.Signal("signal_answer", time.GetUtcNow(), session, "sdp", Encoding.UTF8.GetBytes(answer)), out var message) != SignalFault.None)
        {
            sessions.GiveUp(link, session);
            return;
        }

        sessions.FromDevice(link, message);
    }

    private async Task<string?> AnswerAsync(DeviceLink link, string offer)
    {
        if (SdpOf(offer) is not { } sdp)
        {
            return null;
        }

        var form = "data=" + Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(sdp)));
        var answer = await asks.AskNotedAsync(
            link,
            new ProxyRequest
            {
                Method = "POST",
                Path = "/api/webrtc?src=" + StreamOf(link.Capabilities),
                Headers = [KeyValuePair.Create("Content-Type", "application/x-www-form-urlencoded")],
                Body = Encoding.ASCII.GetBytes(form),
            },
            CancellationToken.None);
        return answer.Status is >= 200 and < 300 && Decode(answer.Body) is { } said
            ? JsonSerializer.Serialize(new Dictionary<string, string> { ["type"] = "answer", ["sdp"] = said }) : null;
    }

    /// <summary>The stream that its `capabilities` name: the usual one, or else the first.</summary>
    internal static string StreamOf(string? capabilities)
    {
        try
        {
            using var document = JsonDocument.Parse(capabilities ?? "{}"); // Has been read before.
            var names = !document.RootElement.TryGetProperty("streams", out var streams) ? []
                : streams.ValueKind == JsonValueKind.Object ? streams.EnumerateObject().Select(one => one.Name).ToList()
                : streams.ValueKind == JsonValueKind.Array
                    ? streams.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!).ToList()
                : [];
            return names.Contains(Usual) ? Usual : names.Find(ProxyRules.IsName) ?? Usual;
        }
        catch (InvalidOperationException)
        {
            return Usual; // Half of a surrogate pair.
        }
    }

    private static string? SdpOf(string offer)
    {
        try
        {
            using var document = JsonDocument.Parse(offer);
            var root = document.RootElement;
            var sdp = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("sdp", out var inside) ? inside : root;
            return sdp.ValueKind == JsonValueKind.String ? sdp.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair.
        }
    }

    private static string? Decode(byte[] body)
    {
        var bytes = new byte[body.Length];
        return Convert.TryFromBase64String(Encoding.ASCII.GetString(body), bytes, out var length) && length > 0 && Utf8.IsValid(bytes.AsSpan(0, length))
            ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }
}
