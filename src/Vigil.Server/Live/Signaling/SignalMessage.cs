using System.Text;
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

    /// <summary>The payload is no object or has too many members, or the request_id is no text.</summary>
    BadEnvelope,
}

/// <summary>
/// One message of the signalling protocol, `{"type", "request_id"?, "ts", "payload"}`, read once and never copied: a view of the text that it came as, good as
/// long as that. Whatever it carries for the other side (sdp, candidate) stays the bytes it came as. Pure; never throws on what was received.
/// </summary>
internal sealed class SignalMessage
{
    /// <summary>Deeper than any description of a session; shallow enough for every reader's stack.</summary>
    private const int Deepest = 32;

    private const int LongestId = 200;

    /// <summary>Of a payload: each is looked through for a name.</summary>
    private const int MostMembers = 256;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = Deepest };
    private static readonly byte[] Nothing = "{}"u8.ToArray();
    private static readonly SignalMessage None = new();

    private ReadOnlyMemory<byte> payload = Nothing;
    private readonly List<Member> members = [];
    private bool isCrowded;

    private SignalMessage()
    {
    }

    public string Type { get; private set; } = "";

    public string? RequestId { get; private set; }

    /// <param name="text">At most as long as the socket takes.</param>
    /// <param name="message">Has nothing in it unless the answer is <see cref="SignalFault.None"/>.</param>
    public static SignalFault TryParse(ReadOnlyMemory<byte> text, out SignalMessage message)
    {
        message = None;
        if (!Utf8.IsValid(text.Span))
        {
            return SignalFault.NotJson; // Passed on, it would close the other side's socket.
        }

        try
        {
            CheckNames(text.Span);
            var read = new SignalMessage();
            var fault = read.Read(text);
            message = fault == SignalFault.None ? read : None;
            return fault;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return SignalFault.NotJson;
        }
    }

    /// <summary>A text of the payload; null when it is missing, or something else.</summary>
    public string? Text(string name)
    {
        var value = At(name);
        return TextOf(ref value);
    }

    public int? Number(string name)
    {
        var value = At(name);
        return value.TokenType == JsonTokenType.Number && value.TryGetInt32(out var number) ? number : null;
    }

    /// <summary>A session named in the payload; null when there is none that could be ours.</summary>
    public Guid? Session => Guid.TryParse(Text("session_id"), out var id) ? id : null;

    /// <summary>Any value of the payload as it is spelt; null when it is missing.</summary>
    public ReadOnlyMemory<byte>? Raw(string name) => Find(name)?.Value;

    /// <summary>The whole payload as it is spelt.</summary>
    public string RawPayload => Encoding.UTF8.GetString(payload.Span);

    /// <summary>The texts in an object of the payload, such as headers.</summary>
    public IEnumerable<KeyValuePair<string, string>> Texts(string name)
    {
        if (At(name).TokenType != JsonTokenType.StartObject)
        {
            yield break;
        }

        using var document = JsonDocument.Parse(Find(name)!.Value.Value);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.String && TextOf(property) is var (key, text))
            {
                yield return KeyValuePair.Create(key, text);
            }
        }
    }

    /// <summary>Base64 of the payload; null when it is missing or something else.</summary>
    public byte[]? Bytes(string name)
    {
        var value = At(name);
        try
        {
            return value.TokenType == JsonTokenType.String && value.TryGetBytesFromBase64(out var bytes) ? bytes : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair.
        }
    }

    /// <summary>Reads all of it, because a text that is broken at its end is no message either. Of two members with one name the last counts.</summary>
    private SignalFault Read(ReadOnlyMemory<byte> text)
    {
        var reader = new Utf8JsonReader(text.Span, Options);
        reader.Read();
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        string? type = null;
        var (id, body) = (JsonTokenType.None, JsonTokenType.None);
        while (reader.Read())
        {
            if (!isObject || reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = TextOf(ref reader);
                reader.Skip();
            }
            else if (reader.ValueTextEquals("request_id"u8))
            {
                reader.Read();
                (id, RequestId) = (reader.TokenType, TextOf(ref reader));
                reader.Skip();
            }
            else if (reader.ValueTextEquals("payload"u8))
            {
                reader.Read();
                body = reader.TokenType;
                var start = (int)reader.TokenStartIndex;
                ReadMembers(ref reader, text);
                payload = body == JsonTokenType.StartObject ? text[start..(int)reader.BytesConsumed] : Nothing;
            }
            else
            {
                reader.Skip();
            }
        }

        Type = type ?? "";
        return Type.Length == 0 ? SignalFault.NoType
            : id is not (JsonTokenType.None or JsonTokenType.Null or JsonTokenType.String)
                || body is not (JsonTokenType.None or JsonTokenType.Null or JsonTokenType.StartObject)
                || (id == JsonTokenType.String && RequestId is not { Length: <= LongestId }) || isCrowded ? SignalFault.BadEnvelope
            : SignalFault.None;
    }

    private void ReadMembers(ref Utf8JsonReader reader, ReadOnlyMemory<byte> text)
    {
        members.Clear();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = text.Slice((int)reader.TokenStartIndex, reader.ValueSpan.Length + 2);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (members.Count < MostMembers)
            {
                members.Add(new Member(name, text[start..(int)reader.BytesConsumed]));
            }
            else
            {
                isCrowded = true;
            }
        }
    }

    private Member? Find(string name)
    {
        for (var i = members.Count - 1; i >= 0; i--)
        {
            var reader = new Utf8JsonReader(members[i].Name.Span);
            reader.Read();
            if (reader.ValueTextEquals(name))
            {
                return members[i];
            }
        }

        return null;
    }

    /// <summary>A reader that stands on this value of the payload, or on nothing.</summary>
    private Utf8JsonReader At(string name)
    {
        if (Find(name) is not { } member)
        {
            return default;
        }

        var reader = new Utf8JsonReader(member.Value.Span, Options);
        reader.Read();
        return reader;
    }

    /// <summary>A name with half of a surrogate pair would throw wherever another is looked for.</summary>
    private static void CheckNames(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf("\\u"u8) < 0)
        {
            return;
        }

        var reader = new Utf8JsonReader(text, Options);
        while (reader.Read())
        {
            if (reader is { TokenType: JsonTokenType.PropertyName, ValueIsEscaped: true })
            {
                reader.GetString();
            }
        }
    }

    private static string? TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair.
        }
    }

    private static (string Name, string Value)? TextOf(JsonProperty property)
    {
        try
        {
            return (property.Name, property.Value.GetString()!);
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair.
        }
    }

    /// <summary>Both as they are spelt; the name with its quotes.</summary>
    private readonly record struct Member(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value);
}
