using System.Text;
using System.Xml.Linq;
using Vigil.Protocols.Onvif;

namespace Vigil.Protocols.Tests.Onvif;

public sealed class OnvifTests
{
    private const string Soap = "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:t=\"http://www.onvif.org/ver10/schema\" xmlns:m=\"http://www.onvif.org/ver10/media/wsdl\" xmlns:p=\"http://www.onvif.org/ver20/ptz/wsdl\"";

    private static byte[] Envelope(string body) => Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope {Soap}><s:Body>{body}</s:Body></s:Envelope>");

    private static OnvifAnswer Parsed(string body)
    {
        OnvifAnswer.TryParse(Envelope(body), out var answer).ShouldBe(OnvifParseError.None);
        return answer;
    }

    [Fact]
    public void The_digest_is_that_of_the_profile()
    {
        // Nonce, time and password of the example in the ONVIF Application Programmer's Guide §6.1.1.3.
        var token = new OnvifToken("user", "userpassword", Convert.FromBase64String("LKqI6G/AikKCQrN0zqZFlg=="), new DateTimeOffset(2010, 9, 16, 7, 50, 45, TimeSpan.Zero));

        var text = Encoding.UTF8.GetString(OnvifRequest.Stop(token, "a"));

        text.ShouldContain(">tuOSpGlFlIXsozq4HFNeeGeFLEI=<");
        text.ShouldNotContain("userpassword");
        text.ShouldContain("2010-09-16T07:50:45Z");
    }

    [Fact]
    public void A_move_names_only_what_moves_and_stays_within_bounds()
    {
        var text = Encoding.UTF8.GetString(OnvifRequest.ContinuousMove(null, "main", new PtzVelocity(0, 0, 7), TimeSpan.FromMilliseconds(2500)));

        text.ShouldContain("<Zoom x=\"1\"");
        text.ShouldNotContain("PanTilt");
        text.ShouldContain("<Timeout>PT3S</Timeout>");
        new PtzVelocity(float.NaN, -2, 0.5f).Within().ShouldBe(new PtzVelocity(0, -1, 0.5f));
    }

    [Fact]
    public void Whatever_is_in_a_name_stays_a_name()
    {
        var text = Encoding.UTF8.GetString(OnvifRequest.GotoPreset(new OnvifToken("</Username>\u0001&", "x", new byte[16], default), "<a>\"", "]]>\u0000<!--"));

        var document = XDocument.Parse(text);
        document.Descendants().Single(e => e.Name.LocalName == "ProfileToken").Value.ShouldBe("<a>\"");
        document.Descendants().Single(e => e.Name.LocalName == "PresetToken").Value.ShouldBe("]]><!--");
        document.Descendants().Single(e => e.Name.LocalName == "Username").Value.ShouldBe("</Username>&");
    }

    [Fact]
    public void Services_profiles_places_and_the_clock_are_read()
    {
        var services = Parsed("<x><t:Media><t:XAddr> http://10.0.0.9/media </t:XAddr></t:Media><t:PTZ><t:XAddr>http://10.0.0.9/ptz</t:XAddr></t:PTZ></x>");
        services.MediaAddress.ShouldBe("http://10.0.0.9/media");
        services.PtzAddress.ShouldBe("http://10.0.0.9/ptz");
        services.IsFault.ShouldBeFalse();

        Parsed("<m:r><m:Profiles token=\"a\"/><m:Profiles token=\"b\"><t:PTZConfiguration/></m:Profiles><m:Profiles token=\"\"/></m:r>").Profiles
            .ShouldBe([new OnvifProfile("a", false), new OnvifProfile("b", true)]);
        Parsed("<p:r><p:Preset token=\"1\"><t:Name>Door</t:Name></p:Preset><p:Preset token=\"2\"/></p:r>").Presets
            .ShouldBe([new OnvifPreset("1", "Door"), new OnvifPreset("2", "2")]);
        Parsed(Clock(2026, 2, 28, 23)).Clock.ShouldBe(new DateTimeOffset(2026, 2, 28, 23, 4, 5, TimeSpan.Zero));
        Parsed(Clock(2026, 2, 29, 23)).Clock.ShouldBeNull();
        Parsed(Clock(2026, 13, 1, 23)).Clock.ShouldBeNull();
        Parsed(Clock(1969, 1, 1, 23)).Clock.ShouldBeNull();
        Parsed("").Name.ShouldBe("");
    }

    [Fact]
    public void A_fault_says_whether_it_is_about_the_password()
    {
        var fault = Parsed("<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text>Not\nyou</s:Text></s:Reason></s:Fault>");

        (fault.IsFault, fault.IsNotAuthorized, fault.FaultText).ShouldBe((true, true, "Not you"));
        Parsed("<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code></s:Fault>").IsNotAuthorized.ShouldBeFalse();
    }

    [Fact]
    public void Xml_that_wants_files_grows_or_never_ends_is_refused()
    {
        OnvifAnswer.TryParse("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>&x;</s:Body></s:Envelope>"u8, out _)
            .ShouldBe(OnvifParseError.NotXml);
        OnvifAnswer.TryParse(new byte[OnvifAnswer.Longest + 1], out _).ShouldBe(OnvifParseError.TooLong);
        OnvifAnswer.TryParse(Envelope(string.Concat(Enumerable.Repeat("<a>", 100)) + string.Concat(Enumerable.Repeat("</a>", 100))), out _).ShouldBe(OnvifParseError.NotXml);
        OnvifAnswer.TryParse(Envelope(string.Concat(Enumerable.Repeat("<a/>", 30_000))), out _).ShouldBe(OnvifParseError.NotXml);
        OnvifAnswer.TryParse("<html/>"u8, out _).ShouldBe(OnvifParseError.NotAnEnvelope);
        OnvifAnswer.TryParse([], out _).ShouldBe(OnvifParseError.NotXml);
    }

    [Fact]
    public void Every_truncation_is_an_answer_or_a_reason()
    {
        var whole = Envelope("<p:r><p:Preset token=\"1\"><t:Name>Wickeltisch ä</t:Name></p:Preset></p:r>");
        for (var length = 0; length < whole.Length; length++)
        {
            OnvifAnswer.TryParse(whole.AsSpan(0, length), out var answer).ShouldNotBe(OnvifParseError.None);
            answer.Presets.ShouldBeEmpty();
        }
    }

    private static string Clock(int year, int month, int day, int hour) =>
        $"<x><t:UTCDateTime><t:Time><t:Hour>{hour}</t:Hour><t:Minute>4</t:Minute><t:Second>5</t:Second></t:Time><t:Date><t:Year>{year}</t:Year><t:Month>{month}</t:Month><t:Day>{day}</t:Day></t:Date></t:UTCDateTime></x>";
}
