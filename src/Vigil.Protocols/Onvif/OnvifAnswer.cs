using System.Globalization;
using System.Xml.Linq;

namespace Vigil.Protocols.Onvif;

/// <summary>Why an answer is none.</summary>
public enum OnvifParseError
{
    None,
    TooLong,

    /// <summary>Not XML, or with a DTD, or deeper or with more nodes than any camera's.</summary>
    NotXml,

    NotAnEnvelope,
}

/// <summary>A picture that a camera offers.</summary>
/// <param name="Token">What requests name it by.</param>
/// <param name="CanMove">It has a PTZ configuration.</param>
public readonly record struct OnvifProfile(string Token, bool CanMove);

/// <summary>A place that is stored in a camera.</summary>
public readonly record struct OnvifPreset(string Token, string Name);

/// <summary>
/// A camera's answer to one of <see cref="OnvifRequest"/>: what is in it of what those ask for, whatever was asked. Every list and text is
/// bounded. Parsing does no I/O, fetches nothing and never throws.
/// </summary>
public sealed class OnvifAnswer
{
    /// <summary>In bytes. Profiles of cameras with many channels are the longest, some 100 kB.</summary>
    public const int Longest = 256 * 1024;

    private const int MostProfiles = 32;
    private const int MostPresets = 64;
    private const int LongestName = 100;

    private static readonly XNamespace Soap = OnvifRequest.Soap;
    private static readonly XNamespace Media = OnvifRequest.Media;
    private static readonly XNamespace Ptz = OnvifRequest.Ptz;
    private static readonly XNamespace Schema = OnvifRequest.Schema;

    private OnvifAnswer()
    {
    }

    /// <summary>The camera refused; what it says is in <see cref="FaultText"/>.</summary>
    public bool IsFault { get; private init; }

    /// <summary>It refused the name, the password, or the time of the token (subcode <c>ter:NotAuthorized</c>, Core §5.11.2.2).</summary>
    public bool IsNotAuthorized { get; private init; }

    /// <summary>The camera's own words, one line, at most 100 characters; empty when it gave none.</summary>
    public string FaultText { get; private init; } = "";

    /// <summary>The name of the answer's element, e.g. <c>ContinuousMoveResponse</c>; empty for an empty body.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The camera's clock.</summary>
    public DateTimeOffset? Clock { get; private init; }

    /// <summary>Where its media service is, in its own words: its host need not be the camera.</summary>
    public string? MediaAddress { get; private init; }

    /// <summary>Where its PTZ service is, in its own words: its host need not be the camera. Null when it has none.</summary>
    public string? PtzAddress { get; private init; }

    public IReadOnlyList<OnvifProfile> Profiles { get; private init; } = [];

    public IReadOnlyList<OnvifPreset> Presets { get; private init; } = [];

    public static OnvifParseError TryParse(ReadOnlySpan<byte> bytes, out OnvifAnswer answer)
    {
        answer = new OnvifAnswer();
        if (bytes.Length > Longest)
        {
            return OnvifParseError.TooLong;
        }

        if (OnvifXml.Load(bytes) is not { } root)
        {
            return OnvifParseError.NotXml;
        }

        if (root.Name != Soap + "Envelope" || root.Element(Soap + "Body") is not { } body)
        {
            return OnvifParseError.NotAnEnvelope;
        }

        var fault = body.Element(Soap + "Fault");
        var content = body.Elements().FirstOrDefault();
        answer = new OnvifAnswer
        {
            IsFault = fault is not null,
            IsNotAuthorized = fault is not null && fault.Descendants(Soap + "Value").Any(v => v.Value.Contains("NotAuthorized", StringComparison.OrdinalIgnoreCase)),
            FaultText = Line(fault?.Descendants(Soap + "Text").FirstOrDefault()?.Value),
            Name = Line(content?.Name.LocalName),
            Clock = ReadClock(body.Descendants(Schema + "UTCDateTime").FirstOrDefault()),
            MediaAddress = Address(body, "Media"),
            PtzAddress = Address(body, "PTZ"),
            Profiles =
            [
                .. body.Descendants(Media + "Profiles")
                    .Select(p => new OnvifProfile((string?)p.Attribute("token") ?? "", p.Element(Schema + "PTZConfiguration") is not null))
                    .Where(p => IsToken(p.Token)).Take(MostProfiles),
            ],
            Presets =
            [
                .. body.Descendants(Ptz + "Preset")
                    .Select(p => new OnvifPreset((string?)p.Attribute("token") ?? "", Line(p.Element(Schema + "Name")?.Value)))
                    .Where(p => IsToken(p.Token)).Select(p => p with { Name = p.Name.Length > 0 ? p.Name : p.Token }).Take(MostPresets),
            ],
        };
        return OnvifParseError.None;
    }

    private static bool IsToken(string token) => token.Length is > 0 and <= OnvifRequest.LongestToken && !token.Any(char.IsControl);

    private static string? Address(XElement body, string service) =>
        body.Descendants(Schema + service).Select(s => s.Element(Schema + "XAddr")?.Value.Trim()).FirstOrDefault(a => a is { Length: > 0 and <= 300 });

    private static DateTimeOffset? ReadClock(XElement? at)
    {
        int? Part(string group, string name) =>
            int.TryParse(at?.Element(Schema + group)?.Element(Schema + name)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var part) ? part : null;
        return (Part("Date", "Year"), Part("Date", "Month"), Part("Date", "Day"), Part("Time", "Hour"), Part("Time", "Minute"), Part("Time", "Second")) is
            ( >= 1970 and < 2200 and var year, >= 1 and <= 12 and var month, >= 1 and var day, < 24 and var hour, < 60 and var minute, < 60 and var second)
            && day <= DateTime.DaysInMonth(year, month)
            ? new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero)
            : null;
    }

    private static string Line(string? text)
    {
        var line = new string([.. (text ?? "").Trim().Select(c => char.IsControl(c) ? ' ' : c)]);
        if (line.Length <= LongestName)
        {
            return line;
        }

        return line[..(char.IsHighSurrogate(line[LongestName - 1]) ? LongestName - 1 : LongestName)];
    }
}
