using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Vigil.Server.Cameras;

/// <summary>What one device said of itself in a WS-Discovery ProbeMatch.</summary>
public sealed record DiscoveredDevice(string Endpoint, IReadOnlyList<Uri> Addresses, IReadOnlyList<string> Scopes)
{
    /// <summary>The last part of the first scope under <c>onvif://www.onvif.org/{name}/</c>, e.g. <c>name</c> or <c>hardware</c>.</summary>
    public string Scope(string name)
    {
        var prefix = $"onvif://www.onvif.org/{name}/";
        var scope = Scopes.FirstOrDefault(s => s.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
        var text = scope is null ? "" : Uri.UnescapeDataString(scope[prefix.Length..]).Trim();
        return text.Length > 100 || text.Any(char.IsControl) ? "" : text;
    }
}

/// <summary>
/// The few messages of WS-Discovery (OASIS, April 2005 draft as ONVIF uses it) and ONVIF media that finding cameras takes. Pure.
/// Answers come from strangers on the network: no DTD, no entities, a size, depth and count limit on everything.
/// </summary>
public static class DiscoveryMessages
{
    /// <summary>One UDP datagram; real answers are 1 to 4 kB.</summary>
    public const int LongestAnswer = 64 * 1024;

    private const int MostDevicesPerAnswer = 16;
    private const int MostNodes = 4000;

    private static readonly XNamespace Soap = "http://www.w3.org/2003/05/soap-envelope";
    private static readonly XNamespace Discovery = "http://schemas.xmlsoap.org/ws/2005/04/discovery";
    private static readonly XNamespace Addressing = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
    private static readonly XNamespace Media = "http://www.onvif.org/ver10/media/wsdl";
    private static readonly XNamespace Schema = "http://www.onvif.org/ver10/schema";

    public static byte[] Probe(Guid messageId) => Encoding.UTF8.GetBytes(
        $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <s:Envelope xmlns:s="{Soap}" xmlns:a="{Addressing}" xmlns:d="{Discovery}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">
        <s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>urn:uuid:{messageId}</a:MessageID>
        <a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>
        <s:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>
        """);

    /// <summary>The devices in an answer to <see cref="Probe"/>; none when it is not one.</summary>
    public static IReadOnlyList<DiscoveredDevice> ReadMatches(ReadOnlySpan<byte> answer)
    {
        if (Load(answer) is not { } document)
        {
            return [];
        }

        return [.. document.Descendants(Discovery + "ProbeMatch").Take(MostDevicesPerAnswer).Select(match => new DiscoveredDevice(
            match.Descendants(Addressing + "Address").FirstOrDefault()?.Value.Trim() ?? "",
            [.. Words(match.Element(Discovery + "XAddrs")?.Value)
                .Select(a => Uri.TryCreate(a, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 ? uri : null)
                .OfType<Uri>()],
            [.. Words(match.Element(Discovery + "Scopes")?.Value)]))
            .Where(d => d.Addresses.Count > 0)];
    }

    public static string GetProfiles(string? username, string? password, DateTimeOffset now) =>
        Request($"<GetProfiles xmlns=\"{Media}\"/>", username, password, now);

    public static string GetStreamUri(string profile, string? username, string? password, DateTimeOffset now) => Request(
        $"<GetStreamUri xmlns=\"{Media}\"><StreamSetup><Stream xmlns=\"{Schema}\">RTP-Unicast</Stream><Transport xmlns=\"{Schema}\"><Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>{SecurityElement(profile)}</ProfileToken></GetStreamUri>",
        username, password, now);

    public static IReadOnlyList<string> ReadProfiles(ReadOnlySpan<byte> answer) =>
        [.. Load(answer)?.Descendants(Media + "Profiles").Select(p => (string?)p.Attribute("token") ?? "").Where(t => t.Length is > 0 and <= 64).Take(8) ?? []];

    public static string? ReadStreamUri(ReadOnlySpan<byte> answer) => Load(answer)?.Descendants(Schema + "Uri").FirstOrDefault()?.Value.Trim();

    /// <summary>Parses with hard limits; null when it is not acceptable XML.</summary>
    internal static XDocument? Load(ReadOnlySpan<byte> answer)
    {
        if (answer.Length is 0 or > LongestAnswer)
        {
            return null;
        }

        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = LongestAnswer,
            MaxCharactersFromEntities = 1024,
        };
        try
        {
            using (var counting = XmlReader.Create(new MemoryStream(answer.ToArray()), settings))
            {
                for (var nodes = 0; counting.Read(); nodes++)
                {
                    if (counting.Depth > 32 || nodes > MostNodes)
                    {
                        return null;
                    }
                }
            }

            using var reader = XmlReader.Create(new MemoryStream(answer.ToArray()), settings);
            return XDocument.Load(reader);
        }
        catch (Exception malformed) when (malformed is XmlException or DecoderFallbackException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>WS-Security UsernameToken, digest form (the password is not sent).</summary>
    private static string Request(string body, string? username, string? password, DateTimeOffset now)
    {
        var header = "";
        if (!string.IsNullOrEmpty(username))
        {
            var nonce = RandomNumberGenerator.GetBytes(16);
            var created = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
#pragma warning disable CA5350 // SHA-1 is what WS-Security UsernameToken Profile 1.0 prescribes.
            var digest = SHA1.HashData([.. nonce, .. Encoding.UTF8.GetBytes(created), .. Encoding.UTF8.GetBytes(password ?? "")]);
#pragma warning restore CA5350
            const string Wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
            const string Token = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
            const string Wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
            header = $"<s:Header><Security xmlns=\"{Wsse}\" s:mustUnderstand=\"1\"><UsernameToken><Username>{SecurityElement(username)}</Username>"
                + $"<Password Type=\"{Token}#PasswordDigest\">{Convert.ToBase64String(digest)}</Password>"
                + $"<Nonce>{Convert.ToBase64String(nonce)}</Nonce><Created xmlns=\"{Wsu}\">{created}</Created></UsernameToken></Security></s:Header>";
        }

        return $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"{Soap}\">{header}<s:Body>{body}</s:Body></s:Envelope>";
    }

    private static string SecurityElement(string text) => WebUtility.HtmlEncode(text);

    private static IEnumerable<string> Words(string? text) =>
        (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(w => w.Length <= 300).Take(32);
}
