namespace Vigil.Server.Hosting;

/// <summary>How the server meets the network. Section `Hosting`.</summary>
public sealed class HostingOptions
{
    /// <summary>
    /// Names under which this server may be addressed, besides IP literals, localhost and the machine's own name (also with .local). Default: none.
    /// Those of a house (.local, .home.arpa, .internal, private addresses) also stand in the certificate that Vigil makes.
    /// </summary>
    // A page of a foreign name that resolves to our address (DNS rebinding) must not reach us.
    public IList<string> Hosts { get; } = [];

    /// <summary>Foreign web origins that may call the API with a member's cookie, for example http://localhost:5173. Default: none.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Default: none.</summary>
    // Anybody can send these headers; believing them from anybody would turn every stranger into a private address.
    public IList<string> Proxies { get; } = [];

    /// <summary>Name shown on the pages. Default: the machine's name.</summary>
    public string ServerName { get; set; } = Environment.MachineName;
}
