using Microsoft.AspNetCore.Http;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Hosting;

public sealed class RequestRulesTests
{
    private readonly RequestRules _rules = new(new HostingOptions { Hosts = { "cam.example.org" }, AllowedOrigins = { "http://localhost:5173/" } });

    [Theory]
    [InlineData("localhost:8000", true)]
    [InlineData("127.0.0.1:8000", true)]
    [InlineData("192.168.1.5", true)]
    [InlineData("[::1]:8000", true)]
    [InlineData("[fd00::2]:8000", true)]
    [InlineData("CAM.example.org", true)]
    [InlineData("cam.example.org.", true)]
    [InlineData("evil.example.org", false)]
    [InlineData("localhost.evil.example.org", false)]
    [InlineData("127.0.0.1.nip.io", false)]
    [InlineData("", false)]
    public void A_name_that_is_not_ours_may_be_a_rebound_one(string host, bool allowed) => _rules.IsHostAllowed(new HostString(host)).ShouldBe(allowed);

    [Theory]
    [InlineData("http://192.168.1.5:8000", true)]
    [InlineData("https://192.168.1.5:8000", false)]
    [InlineData("http://192.168.1.5", false)]
    [InlineData("http://192.168.1.5:8001", false)]
    [InlineData("http://localhost:5173", true)]
    [InlineData("http://evil.example.org", false)]
    [InlineData("null", false)]
    public void Our_own_page_and_the_listed_ones_may_call(string origin, bool allowed) =>
        _rules.IsOriginAllowed(origin, "http", new HostString("192.168.1.5:8000")).ShouldBe(allowed);

    [Theory]
    [InlineData("POST", false, false, null, null, false)] // Neither header: not a browser's own request.
    [InlineData("POST", false, true, null, null, true)] // The origin was checked already.
    [InlineData("POST", false, false, "same-origin", null, true)]
    [InlineData("DELETE", false, false, "same-site", null, false)]
    [InlineData("GET", true, false, null, null, false)] // A socket always has an origin.
    [InlineData("GET", true, true, null, null, true)]
    [InlineData("GET", false, false, null, null, true)] // Browsers say nothing over http.
    [InlineData("GET", false, false, "none", "navigate", true)] // Typed into the address bar.
    [InlineData("GET", false, false, "cross-site", "navigate", true)] // A link in an e-mail.
    [InlineData("GET", false, false, "cross-site", "no-cors", false)] // A foreign page embeds our picture.
    [InlineData("HEAD", false, false, "same-site", "no-cors", false)]
    public void A_cookie_alone_acts_only_from_our_own_pages(string method, bool socket, bool origin, string? site, string? mode, bool may) =>
        RequestRules.MayActByCookie(method, socket, origin, site, mode).ShouldBe(may);

    [Theory]
    [InlineData("http://0.0.0.0:8000;http://[::]:8000", "http://*:8000")]
    [InlineData("http://[::]:8000;http://0.0.0.0:8000", "http://*:8000")]
    [InlineData("http://127.0.0.1:8000", "http://127.0.0.1:8000")]
    [InlineData("http://0.0.0.0:8000;http://[::]:9000", "http://0.0.0.0:8000;http://[::]:9000")]
    public void Both_kinds_of_any_address_are_one_socket(string given, string expected) => HostBuilding.MergeAnyAddresses(given).ShouldBe(expected);
}
