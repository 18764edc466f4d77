using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Vigil.Server.Hosting.Https;

/// <summary>The bytes of a certificate from elsewhere, not looked into yet.</summary>
internal sealed record ExternalCertificate(bool IsPfx, byte[] Certificate, byte[]? Key, string Hash)
{
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static ExternalCertificate Read(string certificate, string? key)
    {
        var bytes = File.ReadAllBytes(certificate);
        var keyBytes = string.IsNullOrEmpty(key) ? null : File.ReadAllBytes(key);
        return new ExternalCertificate(
            Path.GetExtension(certificate).ToLowerInvariant() is ".pfx" or ".p12", bytes, keyBytes,
            Convert.ToHexString(SHA256.HashData([.. bytes, .. keyBytes ?? []])));
    }

    /// <summary>The server's own certificate with its key, and those that lead from it towards the root.</summary>
    /// <exception cref="CryptographicException">Damaged, the wrong password, or a key of another certificate (also while both files are being replaced).</exception>
    public (X509Certificate2 Leaf, X509Certificate2Collection Chain) Open(string? password)
    {
        X509Certificate2 leaf;
        X509Certificate2Collection all;
        if (IsPfx)
        {
            all = X509CertificateLoader.LoadPkcs12Collection(Certificate, password);
            leaf = all.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw new CryptographicException("The file has no private key.");
        }
        else
        {
            var pem = Encoding.UTF8.GetString(Certificate);
            var key = Key is null ? pem : Encoding.UTF8.GetString(Key);
            leaf = string.IsNullOrEmpty(password) ? X509Certificate2.CreateFromPem(pem, key) : X509Certificate2.CreateFromEncryptedPem(pem, key, password);
            all = [];
            all.ImportFromPem(pem);
        }

        return (leaf, [.. all.Where(certificate => certificate.Thumbprint != leaf.Thumbprint)]);
    }
}
