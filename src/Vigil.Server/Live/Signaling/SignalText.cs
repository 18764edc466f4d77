using System.Globalization;
using System.Text.Json;

namespace Vigil.Server.Live.Signaling;

/// <summary>Spells the messages that the server says. Pure.</summary>
internal static class SignalText
{
    /// <summary>ISO 8601 in UTC with milliseconds and a Z.</summary>
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static byte[] Message(string type, DateTimeOffset now, string? requestId, Action<Utf8JsonWriter> payload)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            if (requestId is not null)
            {
                json.WriteString("request_id", requestId);
            }

            json.WriteString("ts", Instant(now));
            json.WriteStartObject("payload");
            payload(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>What one side says to the other: an sdp or a candidate, as it came.</summary>
    public static byte[] Signal(string type, DateTimeOffset now, Guid session, string name, string raw) => Message(type, now, null, json =>
    {
        json.WriteString("session_id", session);
        json.WritePropertyName(name);
        // It has been read as JSON before.
        json.WriteRawValue(raw, skipInputValidation: true);
    });

    /// <summary>A message as it came, to be passed on to another server.</summary>
    public static byte[] Again(SignalMessage message, DateTimeOffset now)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", message.Type);
            if (message.RequestId is { } id)
            {
                json.WriteString("request_id", id);
            }

            json.WriteString("ts", Instant(now));
            json.WritePropertyName("payload");
            json.WriteRawValue(message.RawPayload, skipInputValidation: true);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    public static byte[] Error(DateTimeOffset now, string? requestId, string text) =>
        Message("error", now, requestId, json => json.WriteString("message", text));

    public static byte[] Ended(DateTimeOffset now, Guid session, WatchEnd reason) => Message("watch_ended", now, null, json =>
    {
        json.WriteString("session_id", session);
        json.WriteString("reason", WatchWords.Of(reason));
    });
}
