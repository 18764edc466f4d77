using System.Globalization;
using System.Text;

namespace Vigil.Protocols.Onvif;

/// <summary>How a camera shall move: each between −1 and 1 of its top speed, 0 for not at all. Right, up and closer are positive.</summary>
public readonly record struct PtzVelocity(float Pan, float Tilt, float Zoom)
{
    /// <summary>With each part within its bounds; what is no number is 0.</summary>
    public PtzVelocity Within() => new(One(Pan), One(Tilt), One(Zoom));

    private static float One(float part) => float.IsNaN(part) ? 0 : Math.Clamp(part, -1, 1);
}

/// <summary>
/// The few requests of ONVIF that moving a camera takes: SOAP 1.2 envelopes (ONVIF Core Specification §5) as UTF-8 for <c>application/soap+xml</c>. Each goes with
/// a token, or without one where the specification lets anybody ask (Core §5.12.1: GetSystemDateAndTime, GetCapabilities).
/// </summary>
public static class OnvifRequest
{
    internal const string Soap = "http://www.w3.org/2003/05/soap-envelope";
    internal const string Device = "http://www.onvif.org/ver10/device/wsdl";
    internal const string Media = "http://www.onvif.org/ver10/media/wsdl";
    internal const string Ptz = "http://www.onvif.org/ver20/ptz/wsdl";
    internal const string Schema = "http://www.onvif.org/ver10/schema";

    /// <summary>Longest token of a profile or preset (ONVIF ReferenceToken, Core §5.1).</summary>
    public const int LongestToken = 64;

    /// <summary>The camera's own clock.</summary>
    public static byte[] GetSystemDateAndTime() => Envelope(null, $"<GetSystemDateAndTime xmlns=\"{Device}\"/>");

    /// <summary>Where its services are (Core §8.1.2.1).</summary>
    public static byte[] GetCapabilities(OnvifToken? token) => Envelope(token, $"<GetCapabilities xmlns=\"{Device}\"><Category>All</Category></GetCapabilities>");

    /// <summary>Its pictures, and which of them it can move (Media Service Specification §5.2).</summary>
    public static byte[] GetProfiles(OnvifToken? token) => Envelope(token, $"<GetProfiles xmlns=\"{Media}\"/>");

    /// <summary>PTZ Service Specification §5.3.3: moves until it is told to stop, or <paramref name="atMost"/> is over.</summary>
    public static byte[] ContinuousMove(OnvifToken? token, string profile, PtzVelocity velocity, TimeSpan atMost)
    {
        var (pan, tilt, zoom) = velocity.Within();
        // What does not move is left out: a camera without zoom refuses a command that names it.
        var turn = pan != 0 || tilt != 0 ? FormattableString.Invariant($"<PanTilt x=\"{pan:0.###}\" y=\"{tilt:0.###}\" xmlns=\"{Schema}\"/>") : "";
        var near = zoom != 0 ? FormattableString.Invariant($"<Zoom x=\"{zoom:0.###}\" xmlns=\"{Schema}\"/>") : "";
        var seconds = Math.Max(1, (int)Math.Ceiling(atMost.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Envelope(token, $"<ContinuousMove xmlns=\"{Ptz}\">{Profile(profile)}<Velocity>{turn}{near}</Velocity><Timeout>PT{seconds}S</Timeout></ContinuousMove>");
    }

    /// <summary>PTZ Service Specification §5.3.4.</summary>
    public static byte[] Stop(OnvifToken? token, string profile) =>
        Envelope(token, $"<Stop xmlns=\"{Ptz}\">{Profile(profile)}<PanTilt>true</PanTilt><Zoom>true</Zoom></Stop>");

    /// <summary>The places that are stored in the camera (PTZ Service Specification §5.4.2).</summary>
    public static byte[] GetPresets(OnvifToken? token, string profile) => Envelope(token, $"<GetPresets xmlns=\"{Ptz}\">{Profile(profile)}</GetPresets>");

    /// <summary>PTZ Service Specification §5.4.3.</summary>
    public static byte[] GotoPreset(OnvifToken? token, string profile, string preset) =>
        Envelope(token, $"<GotoPreset xmlns=\"{Ptz}\">{Profile(profile)}<PresetToken>{OnvifXml.Escape(preset)}</PresetToken></GotoPreset>");

    private static string Profile(string token) => $"<ProfileToken>{OnvifXml.Escape(token)}</ProfileToken>";

    private static byte[] Envelope(OnvifToken? token, string body) => Encoding.UTF8.GetBytes(
        $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"{Soap}\">{token?.Header()}<s:Body>{body}</s:Body></s:Envelope>");
}
