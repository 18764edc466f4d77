using System.Text;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Mp4;

/// <summary>A track of a movie header, with the defaults its fragments may lean on (<c>trex</c>, ISO/IEC 14496-12 §8.8.3).</summary>
public sealed record Mp4Track(int Id, TrackFormat Format, uint DefaultDuration = 0, uint DefaultSize = 0, uint DefaultFlags = 0);

/// <summary>Reads a movie header: which tracks, in which format. Tracks in codecs that Vigil does not carry are left out. Does no I/O.</summary>
public static class Mp4InitReader
{
    /// <summary>Reads a whole <c>moov</c> box, head included.</summary>
    public static Mp4Error TryParse(ReadOnlySpan<byte> moov, out IReadOnlyList<Mp4Track> tracks)
    {
        tracks = [];
        var outer = new BoxCursor(moov);
        if (!outer.Next(out var type, out var body))
        {
            return outer.Error == Mp4Error.None ? Mp4Error.NeedMore : outer.Error;
        }

        if (type != Mp4Box.Moov)
        {
            return Mp4Error.Malformed;
        }

        var found = new List<Mp4Track>(2);
        var boxes = new BoxCursor(body);
        while (boxes.Next(out var child, out var content))
        {
            if (child == 0x7472616B /* trak */)
            {
                if (ParseTrack(content) is { } track)
                {
                    found.Add(track);
                }
            }
            else if (child == 0x6D766578 /* mvex */)
            {
                ApplyDefaults(content, found);
            }
        }

        tracks = found;
        return boxes.Error == Mp4Error.None ? Mp4Error.None : Mp4Error.Malformed;
    }

    private static void ApplyDefaults(ReadOnlySpan<byte> mvex, List<Mp4Track> tracks)
    {
        var boxes = new BoxCursor(mvex);
        while (boxes.Next(out var type, out var body))
        {
            if (type != 0x74726578 /* trex */)
            {
                continue;
            }

            var fields = new FieldReader(body);
            fields.Skip(4);
            var id = fields.I32();
            fields.Skip(4);
            var at = tracks.FindIndex(t => t.Id == id);
            if (at >= 0)
            {
                tracks[at] = tracks[at] with { DefaultDuration = fields.U32(), DefaultSize = fields.U32(), DefaultFlags = fields.U32() };
            }
        }
    }

    private static Mp4Track? ParseTrack(ReadOnlySpan<byte> trak)
    {
        var id = 0;
        var timescale = 0;
        TrackFormat? format = null;
        var boxes = new BoxCursor(trak);
        while (boxes.Next(out var type, out var body))
        {
            if (type == 0x746B6864 /* tkhd */)
            {
                var fields = new FieldReader(body);
                fields.Skip(fields.U32() >> 24 == 0 ? 8 : 16);
                id = fields.I32();
            }
            else if (type == 0x6D646961 /* mdia */)
            {
                ParseMedia(body, ref timescale, ref format);
            }
        }

        return id > 0 && timescale > 0 && format is not null ? new Mp4Track(id, format with { ClockRate = timescale }) : null;
    }

    private static void ParseMedia(ReadOnlySpan<byte> media, ref int timescale, ref TrackFormat? format)
    {
        var boxes = new BoxCursor(media);
        while (boxes.Next(out var type, out var body))
        {
            switch (type)
            {
                case 0x6D646864: // mdhd
                    var fields = new FieldReader(body);
                    fields.Skip(fields.U32() >> 24 == 0 ? 8 : 16);
                    timescale = fields.I32();
                    break;
                case 0x6D696E66 or 0x7374626C: // minf, stbl
                    ParseMedia(body, ref timescale, ref format);
                    break;
                case 0x73747364: // stsd
                    var entries = new BoxCursor(body.Length >= 8 ? body[8..] : default);
                    if (entries.Next(out var entry, out var content))
                    {
                        format = ParseEntry(entry, content);
                    }

                    break;
                default:
                    break;
            }
        }
    }

    private static TrackFormat? ParseEntry(uint type, ReadOnlySpan<byte> body)
    {
        Codec? codec = type switch
        {
            0x61766331 or 0x61766333 => Codec.H264, // avc1, avc3
            0x68766331 or 0x68657631 => Codec.H265, // hvc1, hev1
            0x6D703476 or 0x6A706567 => Codec.Mjpeg, // mp4v, jpeg
            0x6D703461 => Codec.Aac, // mp4a
            0x4F707573 => Codec.Opus,
            _ => null,
        };
        if (codec is not { } known)
        {
            return null;
        }

        var video = known.Kind == TrackKind.Video;
        var fields = new FieldReader(body);
        fields.Skip(video ? 24 : 16);
        var first = fields.U16(); // Width, or channels.
        var height = fields.U16();
        fields.Skip(video ? 50 : 8);
        if (fields.Overrun)
        {
            return null;
        }

        ReadOnlySpan<byte> config = default;
        var boxes = new BoxCursor(fields.Rest);
        while (boxes.Next(out var child, out var content))
        {
            config = child switch
            {
                0x61766343 or 0x68766343 or 0x644F7073 => content, // avcC, hvcC, dOps
                0x65736473 when known == Codec.Aac => AudioConfig(content), // esds
                _ => config,
            };
        }

        return new TrackFormat
        {
            Codec = known,
            ClockRate = 1,
            Config = config.ToArray(),
            Width = video ? first : 0,
            Height = video ? height : 0,
            Channels = video ? 0 : first,
            CodecString = Mp4CodecString.For(known, config),
        };
    }

    /// <summary>The decoder specific info inside an <c>esds</c>.</summary>
    private static ReadOnlySpan<byte> AudioConfig(ReadOnlySpan<byte> esds)
    {
        var fields = new FieldReader(esds);
        fields.Skip(4);
        while (!fields.Rest.IsEmpty && !fields.Overrun)
        {
            var tag = fields.U8();
            var length = 0;
            byte next;
            do
            {
                next = fields.U8();
                length = ((length & 0xFFFFFF) << 7) | (next & 0x7F);
            }
            while ((next & 0x80) != 0);
            switch (tag)
            {
                case 3:
                    fields.Skip(2);
                    var flags = fields.U8();
                    fields.Skip(((flags & 0x80) != 0 ? 2 : 0) + ((flags & 0x20) != 0 ? 2 : 0));
                    break;
                case 4:
                    fields.Skip(13);
                    break;
                case 5:
                    return fields.Bytes(length);
                default:
                    fields.Skip(length);
                    break;
            }
        }

        return default;
    }
}

/// <summary>RFC 6381 codec strings from decoder configurations, as they stand in sample entries.</summary>
internal static class Mp4CodecString
{
    public static string For(Codec codec, ReadOnlySpan<byte> config) => codec switch
    {
        Codec.H264 when config.Length >= 4 => $"avc1.{config[1]:x2}{config[2]:x2}{config[3]:x2}",
        Codec.H265 when config.Length >= 13 => Hevc(config),
        Codec.Aac when config.Length >= 2 => $"mp4a.40.{((config[0] >> 3) == 31 ? 32 + ((config[0] & 7) << 3) + (config[1] >> 5) : config[0] >> 3)}",
        Codec.Opus => "opus",
        Codec.Mjpeg => "mp4v.6c",
        _ => "",
    };

    /// <summary>ISO/IEC 14496-15 Annex E.3.</summary>
    private static string Hevc(ReadOnlySpan<byte> config)
    {
        var text = new StringBuilder("hvc1.");
        if (config[1] >> 6 is var space and > 0)
        {
            text.Append((char)('A' + space - 1));
        }

        uint compatibility = 0;
        for (var i = 0; i < 32; i++)
        {
            compatibility |= (uint)((config[2 + (i / 8)] >> (7 - (i % 8))) & 1) << i;
        }

        text.Append(config[1] & 0x1F).Append('.').Append(compatibility.ToString("X", null))
            .Append('.').Append((config[1] & 0x20) != 0 ? 'H' : 'L').Append(config[12]);
        var last = 11;
        while (last >= 6 && config[last] == 0)
        {
            last--;
        }

        for (var i = 6; i <= last; i++)
        {
            text.Append('.').Append(config[i].ToString("X", null));
        }

        return text.ToString();
    }
}
