using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Vigil.Protocols.Onvif;

/// <summary>
/// Who asks: the WS-Security UsernameToken of one request in digest form (OASIS Web Services Security UsernameToken Profile 1.0 §3.1), so that the
/// password itself is not sent. Holds the password: never printed.
/// </summary>
public sealed class OnvifToken
{
    private readonly string username;
    private readonly string digest;
    private readonly string nonce;
    private readonly string created;

    /// <param name="username">As the camera knows it.</param>
    /// <param name="password">Only its digest leaves this object.</param>
    /// <param name="nonce">Random, new for each request; 16 bytes.</param>
    /// <param name="at">Now by the camera's own clock: most refuse what is some seconds off.</param>
    public OnvifToken(string username, string password, ReadOnlySpan<byte> nonce, DateTimeOffset at)
    {
        this.username = username;
        this.nonce = Convert.ToBase64String(nonce);
        created = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
#pragma warning disable CA5350 // SHA-1 is what the profile prescribes.
        digest = Convert.ToBase64String(SHA1.HashData([.. nonce, .. Encoding.UTF8.GetBytes(created), .. Encoding.UTF8.GetBytes(password)]));
#pragma warning restore CA5350
    }

    public override string ToString() => "ONVIF token";

    internal string Header()
    {
        const string Wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
        const string Profile = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
        const string Encoded = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0";
        const string Wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
        return $"<s:Header><Security s:mustUnderstand=\"1\" xmlns=\"{Wsse}\"><UsernameToken><Username>{OnvifXml.Escape(username)}</Username>"
            + $"<Password Type=\"{Profile}#PasswordDigest\">{digest}</Password><Nonce EncodingType=\"{Encoded}#Base64Binary\">{nonce}</Nonce>"
            + $"<Created xmlns=\"{Wsu}\">{created}</Created></UsernameToken></Security></s:Header>";
    }
}
