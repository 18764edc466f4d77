using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Vigil.Server.Cameras;

/// <summary>
/// Tells keys from names in the path of an address: <c>AbCdEf123456</c> opens a camera, <c>h264Preview_01_main</c> is what its maker calls a
/// picture. A name is made of words and short numbers. In doubt it is a key: a name that is hidden costs a look, a key that is shown the room.
/// Of ten thousand random keys of 16 letters and digits about two hundred are taken for names, of 24 about twenty. Pure.
/// </summary>
internal static partial class PathKeys
{
    private const int Shortest = 10;

    // What makers put into paths and is too short, or too strange, to pass for a word.
    private const string Known =
        "aac access alaw amp aq asp audio av avc baby bcs bed by ca cam camera cameras ch chan channel channels cgi cif clip color day def default door "
        + "down east encoder ext eye feed first flv for fps front full g gar gate get go gsm h hall hard hd hevc hi high hik hls home hq http id image "
        + "img in index input ip ipc ipcam isapi jpeg jpg kids left line live loc low lq main major max media mid min minor mjpeg mjpg mob mobile mode "
        + "motion mov mp mpeg mpg multi my name ndi new night north nph nvr of off old on one onvif opus our out p pan pcm phone pic play port pre "
        + "preview primary prof profile psia ptz pub push qcif qvga real relay res right room rtp rtsp s sd sdp secondary sensor server set shot side "
        + "smp snap snapshot soft south src st start std stream streaming streams sub subtype t tablet tapo tcp test the third thumb tilt time to top "
        + "track tracks trans tv ts u ucast udp ulaw unicast up user v vga vid video view vigi web webcam west wide with wyze x xvga yard z zone zoom";

    private static readonly FrozenSet<string> Words = FrozenSet.ToFrozenSet(Known.Split(' '), StringComparer.OrdinalIgnoreCase);

    /// <param name="segment">What stands between two slashes.</param>
    public static bool IsKey(string segment)
    {
        var text = Extension().Replace(Uri.UnescapeDataString(segment), "");
        if (text.Length < Shortest)
        {
            return false;
        }

        var parts = Part().Matches(text).Select(part => part.Value).ToList();
        var length = parts.Sum(part => part.Length);
        var strange = parts.Where(part => !IsOrdinary(part)).ToList();
        if (!Mixed().IsMatch(text))
        {
            return strange.Exists(part => part.Length >= Shortest);
        }

        var turns = Turn().Count(text);
        return strange.Sum(part => part.Length) * 3 >= length
            || (turns >= 3 && strange.Count > 0)
            || turns >= 5
            || (parts.Count >= 6 && length <= parts.Count * 2.4);
    }

    private static bool IsOrdinary(string part) => char.IsAsciiDigit(part[0]) ? part.Length <= 4
        : Words.Contains(part) || (part.Length >= 5 && part.Count(c => "aeiouyAEIOUY".Contains(c, StringComparison.Ordinal)) is var vowels
            && vowels * 5 >= part.Length && vowels * 10 <= part.Length * 7 && !Unspeakable().IsMatch(part));

    [GeneratedRegex(@"\.[A-Za-z][A-Za-z0-9]{1,4}$", RegexOptions.CultureInvariant)]
    private static partial Regex Extension();

    // A run of digits, or of letters up to where a new word begins with a capital.
    [GeneratedRegex("[0-9]+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex Part();

    [GeneratedRegex("[0-9]|[a-z][A-Z]|[A-Z]{2}[a-z]", RegexOptions.CultureInvariant)]
    private static partial Regex Mixed();

    [GeneratedRegex("[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Turn();

    [GeneratedRegex("[^aeiouy]{5}|[aeiouy]{4}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Unspeakable();
}
