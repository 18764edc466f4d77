using System.Globalization;
using System.Text;

namespace Vigil.Server.Devices.Redis;

internal enum RespKind
{
    /// <summary>Simple, bulk and verbatim strings; doubles and big numbers as they are spelt.</summary>
    Text,

    /// <summary>An error as a reply, with Redis' own words.</summary>
    Error,

    /// <summary>An integer, or a boolean as 0 or 1.</summary>
    Integer,

    Null,

    /// <summary>An array or a set.</summary>
    List,

    /// <summary>Keys and values in turn.</summary>
    Map,

    /// <summary>Said unasked (RESP3); with RESP2 these are lists.</summary>
    Push,
}

/// <summary>One value of the Redis serialization protocol, copied out of its buffer.</summary>
internal sealed class RespValue
{
    public required RespKind Kind { get; init; }

    public long Number { get; init; }

    /// <summary>Empty for everything but texts and errors.</summary>
    public byte[] Bytes { get; init; } = [];

    /// <summary>Empty for everything but lists, maps and pushes.</summary>
    public RespValue[] Items { get; init; } = [];

    /// <summary>The bytes as UTF-8; a number as it is spelt.</summary>
    public string Text => Kind == RespKind.Integer ? Number.ToString(CultureInfo.InvariantCulture) : Encoding.UTF8.GetString(Bytes);

    /// <summary>Never the text, which may be a password: this lands in logs and test output.</summary>
    public override string ToString() => $"{Kind} of {Bytes.Length} bytes, {Items.Length} items";
}

/// <summary>One word of a command.</summary>
internal readonly record struct RespWord(ReadOnlyMemory<byte> Bytes)
{
    public static implicit operator RespWord(string text) => new(Encoding.UTF8.GetBytes(text));

    public static implicit operator RespWord(byte[] bytes) => new(bytes);

    public static implicit operator RespWord(long number) => number.ToString(CultureInfo.InvariantCulture);
}
