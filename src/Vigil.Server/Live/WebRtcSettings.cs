using System.ComponentModel.DataAnnotations;
using System.Net;
using Vigil.Media.WebRtc;

namespace Vigil.Server.Live;

/// <summary>Section <c>WebRtc</c>: how live pictures travel by UDP.</summary>
public sealed class WebRtcSettings
{
    public const string Section = "WebRtc";

    /// <summary>The one UDP port of all sessions; 0 takes any free one. Default 8189.</summary>
    // 8189 is what other WebRTC servers for cameras use, so firewalls' guides fit.
    [Range(0, 65_535)]
    public int Port { get; set; } = 8189;

    /// <summary>Local addresses to listen on, between commas. Default: all, but only loopback when the pages are on loopback only.</summary>
    public string Addresses { get; set; } = "";

    /// <summary>Addresses that a router forwards to us, between commas; told to viewers as well. Default: none.</summary>
    public string PublicAddresses { get; set; } = "";

    internal WebRtcOptions ToOptions(string? urls) => new()
    {
        Port = Port,
        Addresses = Addresses.Length == 0 && OnlyLoopback(urls) ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : Parse(Addresses),
        PublicAddresses = Parse(PublicAddresses),
    };

    private static bool OnlyLoopback(string? urls) => urls?.Split(';', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } all
        && all.All(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.IsLoopback);

    private static List<IPAddress> Parse(string list) =>
        [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)];
}
