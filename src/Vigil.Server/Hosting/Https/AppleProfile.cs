using System.Globalization;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Vigil.Server.Hosting.Https;

/// <summary>A configuration profile with one root certificate: the way by which iPhones and iPads take one (Apple, "Configuration Profile Reference").</summary>
internal static class AppleProfile
{
    public static byte[] For(X509Certificate2 authority)
    {
        var name = SecurityElement.Escape(authority.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
        var hash = authority.GetCertHash(HashAlgorithmName.SHA256);
        // Of the certificate, so that a second installation replaces the first.
        var (profile, payload) = (new Guid(hash.AsSpan(0, 16)), new Guid(hash.AsSpan(16, 16)));
        var id = Convert.ToHexStringLower(hash.AsSpan(0, 4));
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
            <plist version="1.0">
            <dict>
              <key>PayloadType</key><string>Configuration</string>
              <key>PayloadVersion</key><integer>1</integer>
              <key>PayloadIdentifier</key><string>vigil.trust.{id}</string>
              <key>PayloadUUID</key><string>{profile}</string>
              <key>PayloadDisplayName</key><string>{name}</string>
              <key>PayloadDescription</key><string>Lets this device trust the Vigil server in your home. It counts for names and addresses inside a home only.</string>
              <key>PayloadContent</key>
              <array>
                <dict>
                  <key>PayloadType</key><string>com.apple.security.root</string>
                  <key>PayloadVersion</key><integer>1</integer>
                  <key>PayloadIdentifier</key><string>vigil.trust.{id}.root</string>
                  <key>PayloadUUID</key><string>{payload}</string>
                  <key>PayloadDisplayName</key><string>{name}</string>
                  <key>PayloadCertificateFileName</key><string>vigil-ca.crt</string>
                  <key>PayloadContent</key><data>{Convert.ToBase64String(authority.RawData)}</data>
                </dict>
              </array>
            </dict>
            </plist>

            """));
    }
}
