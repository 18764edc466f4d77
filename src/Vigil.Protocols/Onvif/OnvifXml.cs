using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Vigil.Protocols.Onvif;

/// <summary>
/// XML from devices, which are strangers on the network: no DTD, no entities of its own, nothing fetched, and limits on size, depth and
/// the number of nodes. Does no I/O and never throws.
/// </summary>
internal static class OnvifXml
{
    private const int MostNodes = 20_000;
    private const int Deepest = 40;

    /// <summary>Null when it is not acceptable XML.</summary>
    public static XElement? Load(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > OnvifAnswer.Longest)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = OnvifAnswer.Longest,
            MaxCharactersFromEntities = 1024,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            using (var counting = XmlReader.Create(new StringReader(text), settings))
            {
                for (var nodes = 0; counting.Read(); nodes++)
                {
                    if (counting.Depth > Deepest || nodes > MostNodes)
                    {
                        return null;
                    }
                }
            }

            using var reader = XmlReader.Create(new StringReader(text), settings);
            return XDocument.Load(reader).Root;
        }
        catch (Exception malformed) when (malformed is XmlException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary><paramref name="text"/> as content of an element or attribute; what XML cannot carry is left out.</summary>
    public static string Escape(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => safe.Append("&amp;"),
                '<' => safe.Append("&lt;"),
                '>' => safe.Append("&gt;"),
                '"' => safe.Append("&quot;"),
                < 0x20 or 0xFFFE or 0xFFFF => safe,
                _ => safe.Append(rune.ToString()),
            };
        }

        return safe.ToString();
    }
}
