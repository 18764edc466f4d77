using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vigil.Server.Hosting.Https;

/// <summary>
/// The house's own certificate authority: its key signs for names and addresses of a house only (<see cref="NameConstraints"/>), and only servers. One file
/// holds certificate and key; it stays in the data directory.
/// </summary>
internal sealed class LocalAuthority : IDisposable
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    // 1 + 390 days: browsers refuse more than 398, and the day back forgives a phone whose clock is slow.
    private static readonly TimeSpan Backdated = TimeSpan.FromDays(1);
    private static readonly TimeSpan LeafLife = TimeSpan.FromDays(390);

    private LocalAuthority(X509Certificate2 certificate)
    {
        Certificate = certificate;
        Constraints = NameConstraints.Read(certificate.Extensions[NameConstraints.Oid]?.RawData
            ?? throw new CryptographicException("The authority has no name constraints."));
    }

    public X509Certificate2 Certificate { get; }

    public NameConstraints Constraints { get; }

    /// <summary>SHA-256 over the certificate as every system shows it: two digits, a colon, …</summary>
    public string Fingerprint => string.Join(':', Certificate.GetCertHash(HashAlgorithmName.SHA256).Select(b => b.ToString("X2", CultureInfo.InvariantCulture)));

    public static LocalAuthority Create(string? machineName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // The number keeps two installations of one machine apart in a phone's list.
        var number = Convert.ToHexString(RandomNumberGenerator.GetBytes(2));
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName($"Vigil on {machineName ?? "this network"} ({number})");
        subject.AddOrganizationName("Vigil local authority");
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(NameConstraints.ForHouse(machineName).ToExtension());
        // Fixed dates: a Raspberry Pi has no clock at its first start, and nobody wants to visit every phone again in ten years.
        return new LocalAuthority(request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2049, 12, 31, 0, 0, 0, TimeSpan.Zero)));
    }

    /// <exception cref="CryptographicException">The file is damaged.</exception>
    public static LocalAuthority Parse(string pem) => new(X509Certificate2.CreateFromPem(pem, pem));

    /// <summary>With the key: for a private file only.</summary>
    public string ToPem() => KeyPair.ToPem(Certificate);

    /// <summary>A certificate for what of this the authority may vouch for; a single name outside of its constraints would spoil it all.</summary>
    public X509Certificate2 Issue(IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var allowed = names.Where(Constraints.Permit).ToList();
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(allowed.FirstOrDefault("Vigil"));
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        allowed.ForEach(alternatives.AddDnsName);
        foreach (var address in addresses.Where(Constraints.Permit))
        {
            alternatives.AddIpAddress(address);
        }

        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(alternatives.Build());
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        using var bare = request.Create(Certificate, now - Backdated, now + LeafLife, serial);
        return bare.CopyWithPrivateKey(key);
    }

    /// <summary>Whether this key signed it, not merely somebody of the same name.</summary>
    public bool HasIssued(X509Certificate2 leaf)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        // Its dates are looked at elsewhere, by the clock that was given.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(leaf);
    }

    public void Dispose() => Certificate.Dispose();
}

/// <summary>A certificate with its key as one text.</summary>
internal static class KeyPair
{
    public static string ToPem(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("There is no key.");
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }
}
