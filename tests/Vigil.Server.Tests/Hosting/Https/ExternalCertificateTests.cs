using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Vigil.Server.Hosting.Https;

namespace Vigil.Server.Tests.Hosting.Https;

public sealed class ExternalCertificateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vigil-external-").FullName;
    private readonly LocalAuthority _authority = LocalAuthority.Create("elsewhere");
    private readonly X509Certificate2 _leaf;

    public ExternalCertificateTests() => _leaf = _authority.Issue(["elsewhere.local"], [], TimeProvider.System.GetUtcNow());

    public void Dispose()
    {
        _leaf.Dispose();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void One_pem_file_holds_the_certificate_its_chain_and_the_key()
    {
        var file = Write("all.pem", KeyPair.ToPem(_leaf) + _authority.Certificate.ExportCertificatePem());

        ShouldBeWhole(ExternalCertificate.Read(file, null).Open(null));
    }

    [Fact]
    public void The_key_may_be_encrypted_in_a_file_of_its_own()
    {
        var file = Write("fullchain.pem", _leaf.ExportCertificatePem() + "\n" + _authority.Certificate.ExportCertificatePem());
        var key = Write("privkey.pem", _leaf.GetECDsaPrivateKey()!.ExportEncryptedPkcs8PrivateKeyPem(
            "warm milk", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));

        ShouldBeWhole(ExternalCertificate.Read(file, key).Open("warm milk"));
        Should.Throw<CryptographicException>(() => ExternalCertificate.Read(file, key).Open("cold milk"));
    }

    [Fact]
    public void A_pfx_file_opens_with_its_password()
    {
        var file = Path.Combine(_folder, "server.pfx");
        File.WriteAllBytes(file, new X509Certificate2Collection { _leaf, X509CertificateLoader.LoadCertificate(_authority.Certificate.RawData) }
            .Export(X509ContentType.Pfx, "warm milk")!);

        ShouldBeWhole(ExternalCertificate.Read(file, null).Open("warm milk"));
        Should.Throw<CryptographicException>(() => ExternalCertificate.Read(file, null).Open("cold milk"));
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused()
    {
        using var other = _authority.Issue(["other.local"], [], TimeProvider.System.GetUtcNow());
        var key = Write("other.pem", KeyPair.ToPem(other));

        var refusal = Should.Throw<Exception>(() => ExternalCertificate.Read(Write("leaf.pem", _leaf.ExportCertificatePem()), key).Open(null));
        (refusal is CryptographicException or ArgumentException).ShouldBeTrue(refusal.ToString());
    }

    private void ShouldBeWhole((X509Certificate2 Leaf, X509Certificate2Collection Chain) opened)
    {
        opened.Leaf.Thumbprint.ShouldBe(_leaf.Thumbprint);
        opened.Leaf.HasPrivateKey.ShouldBeTrue();
        opened.Chain.ShouldHaveSingleItem().Thumbprint.ShouldBe(_authority.Certificate.Thumbprint);
    }

    private string Write(string name, string content)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, content);
        return file;
    }
}
