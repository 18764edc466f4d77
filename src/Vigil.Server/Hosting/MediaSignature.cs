using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Vigil.Server.Hosting;

/// <summary>
/// Signatures for addresses that a player or an image element opens without our headers (HLS playlists and their lines, clips). A signature names a
/// login session, a household and a scope; it is as good as that session row and no better, opens only GET and HEAD of that scope, and the route
/// checks access on every request as always. The main token never travels in an address.
/// </summary>
public sealed class MediaSignature(VigilPaths paths)
{
    /// <summary>Name of the query parameter: `?st=…`.</summary>
    public const string Parameter = "st";

    private const int MacBytes = 16;
    private const int TokenBytes = 16 + 8 + MacBytes;

    private readonly Lazy<byte[]> _key = new(() => LoadKey(paths));

    /// <param name="sessionUid">The login session the address belongs to.</param>
    /// <param name="householdId">The household the reader acts in.</param>
    /// <param name="scope">What it opens, as the route declares it: for example `cameras/7`.</param>
    public string Sign(Guid sessionUid, long householdId, string scope)
    {
        Span<byte> token = stackalloc byte[TokenBytes];
        sessionUid.TryWriteBytes(token);
        BinaryPrimitives.WriteInt64BigEndian(token[16..], householdId);
        Mac(token[..24], scope, token[24..]);
        return Base64Url.EncodeToString(token);
    }

    public bool TryRead(string text, string scope, out Guid sessionUid, out long householdId)
    {
        Span<byte> expected = stackalloc byte[MacBytes];
        if (text.Length == Base64Url.GetEncodedLength(TokenBytes) && StrictBase64Url.TryDecode(text, out var bytes) && bytes.Length == TokenBytes)
        {
            ReadOnlySpan<byte> token = bytes;
            Mac(token[..24], scope, expected);
            if (CryptographicOperations.FixedTimeEquals(token[24..], expected))
            {
                sessionUid = new Guid(token[..16]);
                householdId = BinaryPrimitives.ReadInt64BigEndian(token[16..]);
                return true;
            }
        }

        sessionUid = Guid.Empty;
        householdId = 0;
        return false;
    }

    private void Mac(ReadOnlySpan<byte> session, string scope, Span<byte> mac)
    {
        var message = (byte[])[.. session, .. Encoding.UTF8.GetBytes(scope)];
        HMACSHA256.HashData(_key.Value, message).AsSpan(0, MacBytes).CopyTo(mac);
    }

    private static byte[] LoadKey(VigilPaths paths)
    {
        var file = Path.Combine(paths.Keys, "media-address-key");
        if (File.Exists(file) && File.ReadAllBytes(file) is { Length: 32 } stored)
        {
            return stored;
        }

        paths.Create();
        var fresh = RandomNumberGenerator.GetBytes(32);
        PrivateFile.Write(file, fresh);
        return fresh;
    }
}

/// <summary>Endpoint metadata: this route may also be opened by a signed address, whose scope is the template filled with route values.</summary>
public sealed record AcceptsMediaSignature(string ScopeTemplate)
{
    public string ScopeFor(HttpContext context)
    {
        var scope = ScopeTemplate;
        foreach (var (name, value) in context.Request.RouteValues)
        {
            scope = scope.Replace($"{{{name}}}", value?.ToString(), StringComparison.Ordinal);
        }

        return scope;
    }
}

public static class MediaSignatureExtensions
{
    /// <summary>For example `.AcceptMediaSignature("cameras/{id}")`.</summary>
    public static TBuilder AcceptMediaSignature<TBuilder>(this TBuilder endpoint, string scopeTemplate)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new AcceptsMediaSignature(scopeTemplate));
}
