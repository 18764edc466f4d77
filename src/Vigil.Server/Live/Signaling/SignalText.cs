using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace Vigil.Server.Live.Signaling;

/// <summary>Spells the messages that the server says. Pure.</summary>
internal static class SignalText
{
    /// <summary>ISO 8601 in UTC with milliseconds and a Z.</summary>
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static byte[] Message(string type, DateTimeOffset now, string? requestId, Action<Utf8JsonWriter> payload) => Write(type, now, requestId, json =>
    {
        json.WriteStartObject();
        payload(json);
        json.WriteEndObject();
    });

    /// <summary>What one side says to the other: an sdp or a candidate, as it came. Most messages are of this kind, so it is spelt by hand.</summary>
    /// <param name="type">A word of the protocol, as <paramref name="name"/> is: nothing in them is to be escaped.</param>
    /// <param name="now">When it is said.</param>
    /// <param name="session">The watch session.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="raw">It has been read as JSON before.</param>
    public static byte[] Signal(string type, DateTimeOffset now, Guid session, string name, ReadOnlySpan<byte> raw)
    {
        Span<byte> head = stackalloc byte[256];
        Utf8.TryWrite(
            head,
            CultureInfo.InvariantCulture,
            $$"""{"type":"{{type}}","ts":"{{Instant(now)}}","payload":{"session_id":"{{session}}","{{name}}":""",
            out var length);
        return [.. head[..length], .. raw, .. "}}"u8];
    }

    /// <summary>A message as it came, to be passed on to another server.</summary>
    public static byte[] Again(SignalMessage message, DateTimeOffset now) =>
        Write(message.Type, now, message.RequestId, json => json.WriteRawValue(message.RawPayload, skipInputValidation: true));

    public static byte[] Error(DateTimeOffset now, string? requestId, string text) =>
        Message("error", now, requestId, json => json.WriteString("message", text));

    public static byte[] Ended(DateTimeOffset now, Guid session, WatchEnd reason) => Message("watch_ended", now, null, json =>
    {
        json.WriteString("session_id", session);
        json.WriteString("reason", WatchWords.Of(reason));
    });

    private static byte[] Write(string type, DateTimeOffset now, string? requestId, Action<Utf8JsonWriter> payload)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            if (requestId is not null)
            {
                json.WriteString("request_id", requestId);
            }

            json.WriteString("ts", Instant(now));
            json.WritePropertyName("payload");
            payload(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
