using System.Text.Json;

namespace Vigil.Server.Live.Signaling;

/// <summary>An HTTP request as a device of the second generation is asked it.</summary>
internal sealed record ProxyRequest
{
    public required string Method { get; init; }

    /// <summary>With the query.</summary>
    public required string Path { get; init; }

    public required IEnumerable<KeyValuePair<string, string>> Headers { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    public byte[] ToText(string rid, DateTimeOffset now, TimeSpan patience) => SignalText.Message("proxy_http", now, null, json =>
    {
        json.WriteString("rid", rid);
        json.WriteString("method", Method);
        json.WriteString("path", Path);
        ProxyAnswer.WriteHeaders(json, Headers);
        if (Body.Length > 0)
        {
            json.WriteBase64String("body_b64", Body.Span);
        }
        else
        {
            json.WriteNull("body_b64");
        }

        json.WriteNumber("timeout_ms", (int)patience.TotalMilliseconds);
    });
}

/// <summary>A device's answer, or why there is none, in the contract's words.</summary>
internal sealed record ProxyAnswer
{
    public required int Status { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    public required byte[] Body { get; init; }

    public static ProxyAnswer Offline => Failed(StatusCodes.Status503ServiceUnavailable, "Device offline");

    public static ProxyAnswer Failed(int status, string detail) => new()
    {
        Status = status,
        Headers = [KeyValuePair.Create("Content-Type", "application/json")],
        Body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["detail"] = detail }),
    };

    /// <summary>What a device said, without what must not reach a page.</summary>
    public static ProxyAnswer Of(SignalMessage message) => new()
    {
        Status = message.Number("status") is { } status and >= 200 and <= 599 ? status : StatusCodes.Status502BadGateway,
        Headers = [.. message.Texts("headers").Where(ProxyRules.MayPass).Take(20)],
        Body = message.Bytes("body_b64") ?? [],
    };

    public byte[] ToText(string rid, DateTimeOffset now) => SignalText.Message("proxy_http_resp", now, null, json =>
    {
        json.WriteString("rid", rid);
        json.WriteNumber("status", Status);
        WriteHeaders(json, Headers);
        json.WriteBase64String("body_b64", Body);
    });

    internal static void WriteHeaders(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>> headers)
    {
        json.WriteStartObject("headers");
        foreach (var (name, value) in headers)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }
}
