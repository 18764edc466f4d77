using System.Security.Cryptography.X509Certificates;

namespace Vigil.Server.Hosting.Https;

/// <summary>What a certificate vouches for.</summary>
internal static class LeafNames
{
    /// <summary>Names and addresses, as text.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } extension
            ? [.. extension.EnumerateDnsNames(), .. extension.EnumerateIPAddresses().Select(address => address.ToString())]
            : [];
}
