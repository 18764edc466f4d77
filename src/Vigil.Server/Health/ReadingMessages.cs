using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vigil.Server.Health;

/// <summary>What the health contract's sockets are told; pure. Both generations of its clients find what they look for.</summary>
internal static class ReadingMessages
{
    private const double Humid = 80;

    /// <summary>CRY_DETECTED as the contract documents it, and what its newest clients expect; the same `alert_id` in both.</summary>
    public static IReadOnlyList<byte[]> About(Reading reading, string alertId)
    {
        var (word, alert, severity) = Kind(reading);
        var messages = new List<byte[]>();
        if (reading.Cry)
        {
            var (_, cryAlert, crySeverity) = word == "CRY_DETECTED" ? (word, alert, severity) : Crying;
            var message = Message("CRY_DETECTED", cryAlert, crySeverity);
            message["sick_detected"] = reading.Sick;
            message["timestamp"] = Instant(reading.CreatedAt);
            messages.Add(Bytes(message));
        }

        if (word != "CRY_DETECTED")
        {
            messages.Add(Bytes(Message(word, alert, severity)));
        }

        return messages;

        JsonObject Message(string kind, string? text, string? how)
        {
            var message = new JsonObject { ["event"] = kind, ["data"] = Data(reading), ["alert_id"] = alertId };
            if (text is not null)
            {
                message["alert"] = text;
                message["severity"] = how;
            }

            return message;
        }
    }

    /// <summary>The first words on a socket.</summary>
    public static IReadOnlyList<byte[]> Welcome(Reading? latest, long userId) =>
    [
        Bytes(latest is null
            ? new JsonObject { ["event"] = "CONNECTED", ["message"] = "No health records yet" }
            : new JsonObject { ["event"] = "INITIAL_DATA", ["data"] = Data(latest) }),
        Bytes(new JsonObject { ["event"] = "CONNECTED", ["message"] = "Connected to Baby Health Monitoring", ["user_id"] = userId }),
    ];

    public static byte[] Echo(string text) => Bytes(new JsonObject { ["event"] = "ECHO", ["message"] = "Received: " + text });

    private static readonly (string, string?, string?) Crying = ("CRY_DETECTED", "The baby is crying.", "info");

    private static (string Word, string? Alert, string? Severity) Kind(Reading reading) => reading switch
    {
        { Fever: true, Cry: true } => ("CRITICAL_ALERT", "The baby is crying and has a high temperature: may be ill. Check, and call your doctor.", "critical"),
        { Humidity: > Humid, Cry: true } => ("DIAPER_ALERT", "The baby is crying and it is very humid: the diaper may need changing.", "warning"),
        { Humidity: > Humid } => ("HUMIDITY_ALERT", "It is very humid.", "info"),
        { Fever: true } => ("FEVER_ALERT", "High temperature: may be ill. Check, and call your doctor.", "warning"),
        { Cry: true } => Crying,
        _ => ("HEALTH_UPDATE", null, null),
    };

    private static JsonObject Data(Reading reading) => new()
    {
        ["id"] = reading.Id,
        ["temperature"] = reading.Temperature,
        ["humidity"] = reading.Humidity,
        ["cry_detected"] = reading.Cry,
        ["sick_detected"] = reading.Sick,
        ["created_at"] = Instant(reading.CreatedAt),
        ["notes"] = reading.Notes,
    };

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static byte[] Bytes(JsonObject message) => JsonSerializer.SerializeToUtf8Bytes(message, JsonSerializerOptions.Web);
}
