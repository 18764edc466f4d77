using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Vigil.Server.Hosting.Https;

namespace Vigil.Server.Tests.Hosting.Https;

public sealed class LocalAuthorityTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private readonly LocalAuthority _authority = LocalAuthority.Create("nursery-pi");

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void The_authority_may_sign_servers_of_a_house_and_nothing_else()
    {
        var certificate = _authority.Certificate;

        certificate.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value.ShouldBe("1.2.840.10045.3.1.7");
        var basics = certificate.Extensions.OfType<X509BasicConstraintsExtension>().ShouldHaveSingleItem();
        (basics.CertificateAuthority, basics.HasPathLengthConstraint, basics.PathLengthConstraint, basics.Critical).ShouldBe((true, true, 0, true));
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().ShouldHaveSingleItem();
        (usage.KeyUsages, usage.Critical).ShouldBe((X509KeyUsageFlags.KeyCertSign, true));
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ShouldHaveSingleItem().EnhancedKeyUsages[0].Value.ShouldBe("1.3.6.1.5.5.7.3.1");
        certificate.Extensions[NameConstraints.Oid]!.Critical.ShouldBeTrue();
        _authority.Constraints.Names.ShouldBe(["local", "localhost", "home.arpa", "internal", "nursery-pi"]);
        _authority.Constraints.ExcludedNames.ShouldBe([".nursery-pi"]);
        _authority.Constraints.Networks.ShouldContain(IPNetwork.Parse("192.168.0.0/16"));
        _authority.Constraints.Networks.ShouldContain(IPNetwork.Parse("fc00::/7"));
    }

    [Fact]
    public async Task A_leaf_has_every_name_and_address_and_openssl_accepts_it()
    {
        using var leaf = _authority.Issue(
            ["nursery-pi.local", "nursery-pi", "localhost"], [IPAddress.Parse("192.168.1.5"), IPAddress.Parse("fd00::2"), IPAddress.IPv6Loopback], Now);

        LeafNames.Of(leaf).ShouldBe(["nursery-pi.local", "nursery-pi", "localhost", "192.168.1.5", "fd00::2", "::1"]);
        (leaf.NotAfter - leaf.NotBefore).ShouldBeLessThanOrEqualTo(TimeSpan.FromDays(397));
        leaf.NotBefore.ToUniversalTime().ShouldBeLessThan(Now.UtcDateTime - TimeSpan.FromHours(23));
        leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority.ShouldBeFalse();
        leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages[0].Value.ShouldBe("1.3.6.1.5.5.7.3.1");
        _authority.HasIssued(leaf).ShouldBeTrue();
        (await Objection(leaf, "-verify_hostname", "nursery-pi.local")).ShouldBeEmpty();
        (await Objection(leaf, "-verify_ip", "192.168.1.5")).ShouldBeEmpty();
        (await Objection(leaf, "-verify_ip", "fd00::2")).ShouldBeEmpty();
        (await Objection(leaf, "-verify_ip", "192.168.1.6")).ShouldContain("IP address mismatch");
    }

    [Fact]
    public void What_the_authority_may_not_vouch_for_is_left_out_because_one_such_name_would_spoil_the_certificate()
    {
        using var leaf = _authority.Issue(
            ["nursery-pi.local", "bank.example.com", "x.nursery-pi"], [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("203.0.113.9"), IPAddress.Parse("10.1.2.3")], Now);

        LeafNames.Of(leaf).ShouldBe(["nursery-pi.local", "10.1.2.3"]);
    }

    [Theory]
    [InlineData("example.com")]
    [InlineData("www.bank.example")]
    [InlineData("local.example.com")]
    [InlineData("notlocal")]
    [InlineData("shop.nursery-pi")]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("2001:db8::1")]
    public async Task A_thief_of_the_key_cannot_sign_for(string foreign)
    {
        using var leaf = Forge(foreign);

        (await Objection(leaf)).ShouldContain("subtree violation");
    }

    [Fact]
    public void Read_again_from_its_file_it_is_the_same_authority()
    {
        using var again = LocalAuthority.Parse(_authority.ToPem());

        again.Fingerprint.ShouldBe(_authority.Fingerprint);
        again.Constraints.Networks.ShouldBe(_authority.Constraints.Networks);
        using var leaf = again.Issue(["nursery-pi.local"], [], Now);
        _authority.HasIssued(leaf).ShouldBeTrue();
    }

    [Fact]
    public void An_authority_of_the_same_name_is_not_the_same()
    {
        using var other = LocalAuthority.Create("nursery-pi");
        using var leaf = other.Issue(["nursery-pi.local"], [], Now);

        _authority.HasIssued(leaf).ShouldBeFalse();
    }

    [Fact]
    public void A_profile_for_iphones_carries_the_authority_and_no_key()
    {
        var profile = System.Text.Encoding.UTF8.GetString(AppleProfile.For(_authority.Certificate));

        var plist = System.Xml.Linq.XDocument.Parse(profile);
        Convert.FromBase64String(plist.Descendants("data").Single().Value).ShouldBe(_authority.Certificate.RawData);
        plist.Descendants("string").Select(text => text.Value).ShouldContain("com.apple.security.root");
        profile.ShouldNotContain("PRIVATE");
    }

    private Task<string> Objection(X509Certificate2 leaf, params string[] options) =>
        OpenSsl.ObjectionAsync(_authority.Certificate.ExportCertificatePem(), leaf.ExportCertificatePem(), options);

    /// <summary>What somebody would make who has the authority's key and not our scruples.</summary>
    private X509Certificate2 Forge(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=forged", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority.Certificate, true, false));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        return request.Create(_authority.Certificate, Now.AddDays(-1), Now.AddDays(30), [1, 2, 3, 4]);
    }
}
