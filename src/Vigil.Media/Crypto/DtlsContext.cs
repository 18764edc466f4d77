using System.Security.Cryptography;

namespace Vigil.Media.Crypto;

/// <summary>Which side of the handshake we are. Vigil answers as passive, so it is the server; tests need the other one too.</summary>
public enum DtlsRole
{
    Server,
    Client,
}

/// <summary>What all DTLS sessions of one role share: certificate, versions and SRTP profiles. Safe to use from several threads.</summary>
public sealed unsafe class DtlsContext : IDisposable
{
    /// <summary>GCM first: Chromium takes whichever the server lists first, and it costs half of counter mode with SHA-1.</summary>
    public const string DefaultProfiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";

    public DtlsContext(DtlsCertificate certificate, DtlsRole role, string profiles = DefaultProfiles)
    {
        Role = role;
        Certificate = certificate;
        Handle = OpenSsl.NewContext(role == DtlsRole.Server ? OpenSsl.DtlsServerMethod() : OpenSsl.DtlsClientMethod());
        OpenSsl.ControlContext(Handle, OpenSsl.ContextSetMinimumVersion, OpenSsl.Dtls12, 0);
        OpenSsl.SetContextOptions(Handle, OpenSsl.Options);
        OpenSsl.SetVerify(Handle, OpenSsl.VerifyPeerOrFail, &OpenSsl.AcceptEveryCertificate);
        var key = certificate.PrivateKey.Span;
        if (Handle.IsInvalid
            || OpenSsl.UseCertificate(Handle, certificate.Certificate.Length, certificate.Certificate.Span) != 1
            || OpenSsl.UsePrivateKey(OpenSsl.KeyTypeEc, Handle, key, key.Length) != 1
            || OpenSsl.SetSrtpProfiles(Handle, profiles) != 0)
        {
            Handle.Dispose();
            throw new CryptographicException("OpenSSL refused our DTLS settings.");
        }
    }

    public DtlsRole Role { get; }

    public DtlsCertificate Certificate { get; }

    internal SslContextHandle Handle { get; }

    public void Dispose() => Handle.Dispose();
}
