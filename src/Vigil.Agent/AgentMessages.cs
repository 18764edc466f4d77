using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Vigil.Agent;

/// <summary>The envelope of the signalling protocol: <c>{"type", "request_id"?, "ts", "payload"}</c>.</summary>
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class AgentMessages : JsonSerializerContext
{
    public static byte[] Write(string type, DateTimeOffset now, JsonObject payload) => JsonSerializer.SerializeToUtf8Bytes(
        new JsonObject
        {
            ["type"] = type,
            ["ts"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["payload"] = payload,
        },
        AgentNodes.Default.JsonObject);

    /// <summary>Type and payload; null when it is none.</summary>
    public static (string Type, JsonElement Payload)? Read(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
                ? (type.GetString()!, root.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.Object ? payload.Clone() : default)
                : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public static string? Text(JsonElement payload, string name) =>
        payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static int? Number(JsonElement payload, string name) =>
        payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var number) ? number : null;
}

[JsonSerializable(typeof(JsonObject))]
internal sealed partial class AgentNodes : JsonSerializerContext;
