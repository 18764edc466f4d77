using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using QRCoder;

namespace Vigil.Server.Hosting.Https;

/// <summary>What a device needs to trust this server; for anybody, over plain http, because that is where a new phone stands.</summary>
internal static class TrustEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("").AllowAnonymous().WithTags("Trust");
        open.MapGet("/trust", () => TypedResults.Redirect("/app/trust")).ExcludeFromDescription();
        open.MapGet("/api/v1/trust", GetTrust);
        open.MapMethods("/trust/qr.svg", ["GET", "HEAD"], Picture).ExcludeFromDescription();
        open.MapMethods("/trust/check", ["GET", "HEAD"], Check).ExcludeFromDescription();
        // Android, Windows and macOS open DER; Linux and Firefox want PEM; iOS wants a profile.
        open.MapMethods("/trust/ca.crt", ["GET", "HEAD"], (ServerCertificate certificate) =>
            File(certificate, "application/x-x509-ca-cert", "vigil-ca.crt", authority => authority.RawData));
        open.MapMethods("/trust/ca.pem", ["GET", "HEAD"], (ServerCertificate certificate) =>
            File(certificate, "application/x-pem-file", "vigil-ca.pem", authority => Encoding.ASCII.GetBytes(authority.ExportCertificatePem() + "\n")));
        open.MapMethods("/trust/vigil.mobileconfig", ["GET", "HEAD"], (ServerCertificate certificate) =>
            File(certificate, "application/x-apple-aspen-config", "vigil.mobileconfig", AppleProfile.For));
    }

    private static TrustView GetTrust(HttpContext context, ServerCertificate certificate, SecureOrigin origin)
    {
        var leaf = certificate.Current?.TargetCertificate;
        return new TrustView
        {
            SecureOrigin = origin.Of(context.Request),
            Page = Page(context, origin),
            Authority = certificate.Authority is { } authority
                ? new TrustAuthority(authority.Certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), authority.Fingerprint) : null,
            Names = leaf is null ? [] : LeafNames.Of(leaf),
            ValidUntil = leaf?.NotAfter.ToUniversalTime(),
        };
    }

    private static string Page(HttpContext context, SecureOrigin origin) => $"{origin.BeforeTrust(context)}/trust";

    /// <summary>The page's own address, for the phone that looks at this screen.</summary>
    private static FileContentHttpResult Picture(HttpContext context, SecureOrigin origin)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(Page(context, origin), QRCodeGenerator.ECCLevel.M);
        using var picture = new SvgQRCode(data);
        return TypedResults.Bytes(Encoding.UTF8.GetBytes(picture.GetGraphic(4)), "image/svg+xml");
    }

    /// <summary>Asked across origins, from the page on http: that it is answered at all is the answer.</summary>
    private static NoContent Check(HttpContext context)
    {
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return TypedResults.NoContent();
    }

    private static Results<FileContentHttpResult, NotFound> File(ServerCertificate certificate, string type, string name, Func<X509Certificate2, byte[]> content) =>
        certificate.Authority is { } authority ? TypedResults.File(content(authority.Certificate), type, name) : TypedResults.NotFound();
}

/// <summary>How to reach and trust this server.</summary>
public sealed record TrustView
{
    /// <summary>Where this page is under https, or null without https.</summary>
    public required string? SecureOrigin { get; init; }

    /// <summary>The address of the trust page for a device that does not trust the server yet.</summary>
    public required string Page { get; init; }

    /// <summary>What a device installs; null when the certificate comes from elsewhere and needs nothing.</summary>
    public required TrustAuthority? Authority { get; init; }

    /// <summary>Names and addresses that the certificate is good for. The one that lasts is first.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    public required DateTimeOffset? ValidUntil { get; init; }
}

/// <param name="Name">As phones list it.</param>
/// <param name="Fingerprint">SHA-256, two digits and a colon.</param>
public sealed record TrustAuthority(string Name, string Fingerprint);
