using System.Text.Json;

namespace Vigil.Server.Live.Signaling;

internal enum NodeMessageKind
{
    /// <summary>To all: a device has connected. <see cref="NodeMessage.Name"/> and <see cref="NodeMessage.Link"/> say which, and by which socket.</summary>
    Came,

    /// <summary>To all: a device has gone, or its server has.</summary>
    Left,

    /// <summary>To the device's server: a viewer begins a session; the text is for the device.</summary>
    Ask,

    /// <summary>To the device's server: a text of this session for the device.</summary>
    Say,

    /// <summary>To the device's server: the session is over, and the device is to be told so.</summary>
    End,

    /// <summary>To the viewer's server: what the device said in this session.</summary>
    Heard,

    /// <summary>To the viewer's server: the device or the session is not here any more, or <see cref="NodeMessage.Reason"/> says why it does not answer.</summary>
    Gone,

    /// <summary>To the device's server: an HTTP request for the device; the text is for it.</summary>
    Proxy,

    /// <summary>To the server that asked: the device's answer.</summary>
    Proxied,
}

/// <summary>What servers on one Redis say to each other. Pure; never throws on what was received.</summary>
internal sealed record NodeMessage
{
    private const int Deepest = 40;
    private const int LongestName = 200;

    /// <summary>The device is here, and could not answer.</summary>
    public const string Failed = "error";

    public required NodeMessageKind Kind { get; init; }

    /// <summary>The server that says it; for <see cref="NodeMessageKind.Left"/>, the server that the device was connected to.</summary>
    public required string From { get; init; }

    /// <summary>The device's row.</summary>
    public required long Device { get; init; }

    public Guid Session { get; init; }

    /// <summary>What the device calls itself.</summary>
    public string Name { get; init; } = "";

    public string Link { get; init; } = "";

    /// <summary>Of a viewer who says or asks something: their account.</summary>
    public long Account { get; init; }

    /// <summary>The viewer who says it is a guest.</summary>
    public bool IsGuest { get; init; }

    /// <summary>Of <see cref="NodeMessageKind.Gone"/>: the sentence for the viewer, or <see cref="Failed"/>; empty when the device or the session is not here.</summary>
    public string Reason { get; init; } = "";

    /// <summary>A message of the signalling protocol, as it is to be said or was heard.</summary>
    public byte[] Text { get; init; } = [];

    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream(256 + Text.Length);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind", WordOf(Kind));
            json.WriteString("from", From);
            json.WriteNumber("device", Device);
            if (Session != Guid.Empty)
            {
                json.WriteString("session", Session);
            }

            if (Name.Length > 0)
            {
                json.WriteString("name", Name);
            }

            if (Link.Length > 0)
            {
                json.WriteString("link", Link);
            }

            if (Account != 0)
            {
                json.WriteNumber("account", Account);
            }

            if (IsGuest)
            {
                json.WriteBoolean("guest", true);
            }

            if (Reason.Length > 0)
            {
                json.WriteString("reason", Reason);
            }

            if (Text.Length > 0)
            {
                json.WritePropertyName("text");
                json.WriteRawValue(Text, skipInputValidation: true);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Null when it is no such message.</summary>
    public static NodeMessage? Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = Deepest });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || KindOf(TextOf(root, "kind")) is not { } kind
                || TextOf(root, "from") is not { Length: > 0 } from
                || !root.TryGetProperty("device", out var number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt64(out var device))
            {
                return null;
            }

            var session = Guid.Empty;
            if (root.TryGetProperty("session", out var given) && (given.ValueKind != JsonValueKind.String || !given.TryGetGuid(out session)))
            {
                return null;
            }

            return new NodeMessage
            {
                Kind = kind,
                From = from,
                Device = device,
                Session = session,
                Name = TextOf(root, "name") ?? "",
                Link = TextOf(root, "link") ?? "",
                Account = root.TryGetProperty("account", out var who) && who.ValueKind == JsonValueKind.Number && who.TryGetInt64(out var account) ? account : 0,
                IsGuest = root.TryGetProperty("guest", out var guest) && guest.ValueKind == JsonValueKind.True,
                Reason = TextOf(root, "reason") ?? "",
                Text = root.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.Object
                    ? System.Text.Encoding.UTF8.GetBytes(text.GetRawText()) : [],
            };
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair.
        }
    }

    private static string? TextOf(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= LongestName } text ? text : null;

    private static string WordOf(NodeMessageKind kind) => kind switch
    {
        NodeMessageKind.Came => "came",
        NodeMessageKind.Left => "left",
        NodeMessageKind.Ask => "ask",
        NodeMessageKind.Say => "say",
        NodeMessageKind.End => "end",
        NodeMessageKind.Heard => "heard",
        NodeMessageKind.Proxy => "proxy",
        NodeMessageKind.Proxied => "proxied",
        _ => "gone",
    };

    private static NodeMessageKind? KindOf(string? word) => word switch
    {
        "came" => NodeMessageKind.Came,
        "left" => NodeMessageKind.Left,
        "ask" => NodeMessageKind.Ask,
        "say" => NodeMessageKind.Say,
        "end" => NodeMessageKind.End,
        "heard" => NodeMessageKind.Heard,
        "gone" => NodeMessageKind.Gone,
        "proxy" => NodeMessageKind.Proxy,
        "proxied" => NodeMessageKind.Proxied,
        _ => null,
    };
}
