using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vigil.Media.Crypto;

/// <summary>
/// The self-signed certificate of one server run. Nobody trusts it: peers compare its <see cref="Fingerprint"/> with the one in
/// the session description, which came over an authenticated channel (RFC 8827 §6.5).
/// </summary>
public sealed class DtlsCertificate
{
    private DtlsCertificate(byte[] certificate, byte[] privateKey)
    {
        Certificate = certificate;
        PrivateKey = privateKey;
        Fingerprint = Format(SHA256.HashData(certificate));
    }

    /// <summary>SHA-256 as in <c>a=fingerprint:sha-256 …</c>: upper-case bytes between colons (RFC 8122 §5).</summary>
    public string Fingerprint { get; }

    internal ReadOnlyMemory<byte> Certificate { get; }

    internal ReadOnlyMemory<byte> PrivateKey { get; }

    public static DtlsCertificate Create(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=vigil", key, HashAlgorithmName.SHA256);

        // A day back for peers whose clock is behind.
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
        return new DtlsCertificate(certificate.RawData, key.ExportECPrivateKey());
    }

    internal static string Format(ReadOnlySpan<byte> hash)
    {
        Span<char> text = stackalloc char[(hash.Length * 3) - 1];
        text.Fill(':');
        for (var i = 0; i < hash.Length; i++)
        {
            _ = hash[i].TryFormat(text[(i * 3)..], out _, "X2");
        }

        return new string(text);
    }
}
