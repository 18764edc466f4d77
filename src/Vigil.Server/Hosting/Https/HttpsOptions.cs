namespace Vigil.Server.Hosting.Https;

/// <summary>Section <c>Https</c>.</summary>
public sealed class HttpsOptions
{
    /// <summary>
    /// Where to listen for https, or <c>none</c>. Default: the hosts of <c>Urls</c>, 443 above their port (8000 gives 8443, 80 gives 443); left away with a
    /// warning when that port is taken.
    /// </summary>
    public string? Urls { get; set; }

    /// <summary>A certificate of one's own, PEM or PFX (.pfx, .p12), read again when the file changes. Default: one from the local authority.</summary>
    public string? Certificate { get; set; }

    /// <summary>The private key to it, PEM. Default: it is in the same file.</summary>
    public string? Key { get; set; }

    /// <summary>The password of a PFX file or of an encrypted key.</summary>
    public string? Password { get; set; }
}
