using System.Globalization;
using System.Text;

namespace Vigil.Protocols.Mp4;

/// <summary>Prints the boxes of an MP4 as a tree, for people and for tests that failed.</summary>
public static class Mp4BoxTree
{
    private const int MaxDepth = 12;

    private static readonly HashSet<string> Containers =
        ["moov", "trak", "mdia", "minf", "stbl", "dinf", "edts", "mvex", "moof", "traf", "udta"];

    public static string Print(ReadOnlySpan<byte> file)
    {
        var text = new StringBuilder();
        Print(file, 0, 0, text);
        return text.ToString();
    }

    private static void Print(ReadOnlySpan<byte> bytes, int depth, long offset, StringBuilder text)
    {
        while (!bytes.IsEmpty)
        {
            var error = Mp4Box.TryParse(bytes, out var box);
            text.Append(' ', depth * 2);
            if (error != Mp4Error.None || box.Size > bytes.Length)
            {
                text.Append(CultureInfo.InvariantCulture, $"?? {(error == Mp4Error.None ? Mp4Error.NeedMore : error)} at {offset}, {bytes.Length} bytes left\n");
                return;
            }

            var body = bytes[box.HeadSize..(int)box.Size];
            text.Append(CultureInfo.InvariantCulture, $"{box.Name} {box.Size}");
            if (Containers.Contains(box.Name) && depth < MaxDepth)
            {
                text.Append('\n');
                Print(body, depth + 1, offset + box.HeadSize, text);
            }
            else
            {
                // Enough to see versions, flags, counts and times.
                text.Append(body.IsEmpty || box.Type == Mp4Box.Mdat ? "" : " ");
                text.Append(box.Type == Mp4Box.Mdat ? "" : Convert.ToHexStringLower(body[..Math.Min(body.Length, 48)]));
                text.Append(body.Length > 48 && box.Type != Mp4Box.Mdat ? "…\n" : "\n");
            }

            offset += box.Size;
            bytes = bytes[(int)box.Size..];
        }
    }
}
