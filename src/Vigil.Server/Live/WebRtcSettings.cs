using System.ComponentModel.DataAnnotations;
using System.Net;
using Vigil.Media.WebRtc;

namespace Vigil.Server.Live;

/// <summary>Section <c>WebRtc</c>: how live pictures travel by UDP.</summary>
public sealed class WebRtcSettings
{
    public const string Section = "WebRtc";

    /// <summary>The one UDP port of all sessions, and the TCP port of the same number; 0 takes any free one. Default 8189.</summary>
    // 8189 is what other WebRTC servers for cameras use, so firewalls' guides fit.
    [Range(0, 65_535)]
    public int Port { get; set; } = 8189;

    /// <summary>Whether clients whose network blocks UDP may come by TCP, on the same port number. Default true.</summary>
    public bool Tcp { get; set; } = true;

    /// <summary>Local addresses to listen on, between commas. Default: all, but only loopback when the pages are on loopback only.</summary>
    public string Addresses { get; set; } = "";

    /// <summary>Addresses that a router forwards to us, between commas, with a port where it is another one; told to viewers as well. Default: none.</summary>
    public string PublicAddresses { get; set; } = "";

    /// <summary>Sessions at one time. Default 1000.</summary>
    [Range(1, 100_000)]
    public int MaxSessions { get; set; } = 1000;

    /// <summary>Sessions of one household at one time. Default 500.</summary>
    // Half of all, so that one household cannot lock the others out.
    [Range(1, 100_000)]
    public int MaxSessionsPerHousehold { get; set; } = 500;

    /// <summary>Sessions of one camera at one time. Default 400.</summary>
    [Range(1, 100_000)]
    public int MaxSessionsPerCamera { get; set; } = 400;

    internal WebRtcOptions ToOptions(string? urls, Action? beat = null) => new()
    {
        Beat = beat,
        Port = Port,
        Tcp = Tcp,
        MaxSessions = MaxSessions,
        Addresses = Addresses.Length == 0 && OnlyLoopback(urls) ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : Parse(Addresses),
        PublicAddresses = [.. Split(PublicAddresses).Select(IPEndPoint.Parse)],
    };

    private static bool OnlyLoopback(string? urls) => urls?.Split(';', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } all
        && all.All(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.IsLoopback);

    private static List<IPAddress> Parse(string list) => [.. Split(list).Select(IPAddress.Parse)];

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
