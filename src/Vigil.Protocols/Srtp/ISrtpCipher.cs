namespace Vigil.Protocols.Srtp;

/// <summary>
/// Encryption and authentication of one key. Two implementations: OpenSSL's EVP with reused contexts (fast, in Media), and the
/// framework's own (everywhere). One caller at a time.
/// </summary>
/// <remarks>
/// Counter mode authenticates <c>associated ‖ payload ‖ trailer</c> after encryption (RFC 3711 §4.2); GCM takes
/// <c>associated ‖ trailer</c> as its associated data (RFC 7714 §8.2, §9.2).
/// </remarks>
public interface ISrtpCipher : IDisposable
{
    /// <summary>Encrypts <paramref name="payload"/> in place and writes the tag.</summary>
    void Seal(
        ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> payload, ReadOnlySpan<byte> trailer, Span<byte> tag);

    /// <summary>Checks the tag, then decrypts in place; false, with the payload unusable, when it does not fit.</summary>
    bool Open(
        ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> payload, ReadOnlySpan<byte> trailer, ReadOnlySpan<byte> tag);
}
