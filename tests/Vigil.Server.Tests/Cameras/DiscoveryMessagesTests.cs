using System.Text;
using Vigil.Server.Cameras;

namespace Vigil.Server.Tests.Cameras;

public sealed class DiscoveryMessagesTests
{
    private const string Match = """
        <?xml version="1.0" encoding="utf-8"?>
        <SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"
          xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">
          <SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>
            <wsa:EndpointReference><wsa:Address>urn:uuid:1</wsa:Address></wsa:EndpointReference>
            <d:Scopes>onvif://www.onvif.org/name/Nursery%20Cam onvif://www.onvif.org/hardware/DS-2CD  onvif://www.onvif.org/mfr/Hikvision</d:Scopes>
            <d:XAddrs>http://192.168.1.20/onvif/device_service http://[fe80::1]/onvif/device_service</d:XAddrs>
          </d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body>
        </SOAP-ENV:Envelope>
        """;

    [Fact]
    public void An_answer_names_the_camera()
    {
        var device = DiscoveryMessages.ReadMatches(Encoding.UTF8.GetBytes(Match)).ShouldHaveSingleItem();

        device.Addresses[0].Host.ShouldBe("192.168.1.20");
        device.Scope("name").ShouldBe("Nursery Cam");
        device.Scope("hardware").ShouldBe("DS-2CD");
        device.Scope("mfr").ShouldBe("Hikvision");
        device.Scope("location").ShouldBe("");
    }

    [Fact]
    public void Every_truncation_is_no_answer()
    {
        var bytes = Encoding.UTF8.GetBytes(Match);
        for (var length = 0; length < bytes.Length - 1; length++)
        {
            DiscoveryMessages.ReadMatches(bytes.AsSpan(0, length)).ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("""<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>""")]
    [InlineData("""<!DOCTYPE x SYSTEM "http://192.0.2.1/x"><x/>""")]
    [InlineData("not xml")]
    [InlineData("")]
    public void Entities_and_garbage_are_no_answer(string text) => DiscoveryMessages.Load(Encoding.UTF8.GetBytes(text)).ShouldBeNull();

    [Fact]
    public void Depth_and_number_have_limits()
    {
        DiscoveryMessages.Load(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<a>", 40)) + string.Concat(Enumerable.Repeat("</a>", 40)))).ShouldBeNull();
        DiscoveryMessages.Load(Encoding.UTF8.GetBytes("<a>" + string.Concat(Enumerable.Repeat("<b/>", 5000)) + "</a>")).ShouldBeNull();
    }

    [Fact]
    public void A_name_cannot_carry_control_characters()
    {
        var text = Match.Replace("Nursery%20Cam", "Bad%0AName", StringComparison.Ordinal);

        DiscoveryMessages.ReadMatches(Encoding.UTF8.GetBytes(text))[0].Scope("name").ShouldBe("");
    }

    [Fact]
    public void The_password_is_not_in_the_request()
    {
        var request = DiscoveryMessages.GetStreamUri("Profile<1>", "admin", "geheim", DateTimeOffset.UnixEpoch);

        request.ShouldNotContain("geheim");
        request.ShouldContain("Profile&lt;1&gt;");
        DiscoveryMessages.Load(Encoding.UTF8.GetBytes(request)).ShouldNotBeNull();
    }

    [Fact]
    public void Patterns_are_filled_in_for_a_known_make() =>
        Vendors.Suggest("Hikvision", "192.168.1.20")[0].ShouldBe("rtsp://192.168.1.20:554/Streaming/Channels/101");

    [Fact]
    public void Every_pattern_is_an_address_that_can_be_saved()
    {
        foreach (var model in Vendors.All.SelectMany(v => v.Models))
        {
            foreach (var pattern in new[] { model.Main, model.Sub, model.Audio }.OfType<string>())
            {
                var address = pattern.Replace("{host}", "192.168.1.20", StringComparison.Ordinal)
                    .Replace("{port}", "554", StringComparison.Ordinal).Replace("{channel}", "1", StringComparison.Ordinal);
                CameraAddress.TryParse(address, out var error).ShouldNotBeNull($"{pattern}: {error}");
            }
        }
    }
}
