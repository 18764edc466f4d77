using System.Text.Json;
using System.Text.Unicode;

namespace Vigil.Server.Live.Signaling;

/// <summary>Why a text is no message.</summary>
internal enum SignalFault
{
    None,

    /// <summary>No UTF-8, no JSON, or nested too deeply.</summary>
    NotJson,

    /// <summary>JSON, but not an object with a text as its <c>type</c>.</summary>
    NoType,

    /// <summary>The payload is no object, or the request_id no text.</summary>
    BadEnvelope,
}

/// <summary>
/// One message of the signalling protocol, `{"type", "request_id"?, "ts", "payload"}`. Whatever it carries for the other side (sdp, candidate) stays the
/// bytes it came as. Pure; never throws on what was received.
/// </summary>
internal sealed record SignalMessage
{
    /// <summary>Deeper than any description of a session; shallow enough for every reader's stack.</summary>
    private const int Deepest = 32;

    private const int LongestId = 200;

    private JsonElement payload;

    public required string Type { get; init; }

    public string? RequestId { get; init; }

    /// <param name="text">At most as long as the socket takes.</param>
    /// <param name="message">Does not keep <paramref name="text"/>.</param>
    public static SignalFault TryParse(ReadOnlyMemory<byte> text, out SignalMessage message)
    {
        message = new SignalMessage { Type = "" };
        if (!Utf8.IsValid(text.Span))
        {
            return SignalFault.NotJson; // Passed on, it would close the other side's socket.
        }

        try
        {
            CheckNames(text.Span);
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Deepest });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || TextOf(root, "type") is not { Length: > 0 } type)
            {
                return SignalFault.NoType;
            }

            var id = root.TryGetProperty("request_id", out var given) ? given : default;
            var body = root.TryGetProperty("payload", out var held) ? held : default;
            if (id.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.String)
                || body.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object)
                || (id.ValueKind == JsonValueKind.String && TextOf(root, "request_id") is not { Length: <= LongestId }))
            {
                return SignalFault.BadEnvelope;
            }

            message = new SignalMessage
            {
                Type = type,
                RequestId = id.ValueKind == JsonValueKind.String ? id.GetString() : null,
                payload = body.ValueKind == JsonValueKind.Object ? body.Clone() : default,
            };
            return SignalFault.None;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return SignalFault.NotJson;
        }
    }

    /// <summary>A text of the payload; null when it is missing, or something else.</summary>
    public string? Text(string name) => payload.ValueKind == JsonValueKind.Object ? TextOf(payload, name) : null;

    public int? Number(string name) =>
        payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var number) ? number : null;

    /// <summary>A session named in the payload; null when there is none that could be ours.</summary>
    public Guid? Session => Guid.TryParse(Text("session_id"), out var id) ? id : null;

    /// <summary>Any value of the payload as it is spelt; null when it is missing.</summary>
    public string? Raw(string name) =>
        payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(name, out var value) ? value.GetRawText() : null;

    /// <summary>The whole payload as it is spelt.</summary>
    public string RawPayload => payload.ValueKind == JsonValueKind.Object ? payload.GetRawText() : "{}";

    /// <summary>The texts in an object of the payload, such as headers.</summary>
    public IEnumerable<KeyValuePair<string, string>> Texts(string name)
    {
        if (payload.ValueKind != JsonValueKind.Object || !payload.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.String && TextOf(property.Value) is { } text)
            {
                yield return KeyValuePair.Create(property.Name, text);
            }
        }
    }

    /// <summary>Base64 of the payload; null when it is missing or something else.</summary>
    public byte[]? Bytes(string name)
    {
        try
        {
            return payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                && value.TryGetBytesFromBase64(out var bytes) ? bytes : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair.
        }
    }

    /// <summary>A name with half of a surrogate pair would throw wherever another is looked for.</summary>
    private static void CheckNames(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf("\\u"u8) < 0)
        {
            return;
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = Deepest });
        while (reader.Read())
        {
            if (reader is { TokenType: JsonTokenType.PropertyName, ValueIsEscaped: true })
            {
                reader.GetString();
            }
        }
    }

    private static string? TextOf(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? TextOf(value) : null;

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair.
        }
    }
}
