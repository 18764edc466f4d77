using System.Text;
using Vigil.Protocols.Codecs;
using Vigil.Protocols.MpegTs;
using Vigil.Protocols.Rtp;
using Vigil.Protocols.Rtsp;
using static Vigil.Fuzz.BrokenPromiseException;

namespace Vigil.Fuzz;

/// <summary>Targets that take a byte stream. How the stream is cut must make no difference, so each is run whole and in pieces.</summary>
internal static class Streams
{
    public static void AnnexB(byte[] input)
    {
        foreach (var codec in (Codec[])[Codec.H264, Codec.H265])
        {
            SameHoweverCut(input, pieces =>
            {
                var reader = new AnnexBUnitReader(codec);
                return Collect(pieces, reader.Push, Take, () =>
                {
                    reader.Flush();
                    return Take();
                });

                List<byte[]> Take()
                {
                    var units = new List<byte[]>();
                    while (reader.TryTake(out var unit))
                    {
                        UnitTargets.CheckUnit(unit);
                        units.Add(unit.Payload.ToArray());
                    }

                    return units;
                }
            });
        }
    }

    public static void Adts(byte[] input) => SameHoweverCut(input, pieces =>
    {
        var splitter = new AdtsSplitter();
        return Collect(pieces, splitter.Push, () =>
        {
            var frames = new List<byte[]>();
            while (splitter.TryTake(out var frame))
            {
                frames.Add(frame.ToArray());
            }

            return frames;
        });
    });

    public static void Jpeg(byte[] input)
    {
        _ = JpegHeader.TryReadSize(input, out _, out _);
        SameHoweverCut(input, pieces =>
        {
            var splitter = new JpegSplitter();
            return Collect(pieces, splitter.Push, () =>
            {
                var pictures = new List<byte[]>();
                while (splitter.TryTake(out var picture))
                {
                    Unless(picture.Span is [0xFF, 0xD8, .., 0xFF, 0xD9], "a picture begins and ends");
                    pictures.Add(picture.ToArray());
                }

                return pictures;
            });
        });
    }

    public static void Multipart(byte[] input)
    {
        _ = MultipartSplitter.TryReadBoundary(Encoding.Latin1.GetString(input), out _);
        SameHoweverCut(input, pieces =>
        {
            var splitter = new MultipartSplitter("f", 1000);
            return Collect(pieces, splitter.Push, () =>
            {
                var parts = new List<byte[]>();
                while (splitter.TryTake(out var part))
                {
                    parts.Add(part.Body.ToArray());
                }

                return parts;
            });
        });
    }

    public static void TransportStream(byte[] input)
    {
        var demuxer = new TsDemuxer();
        foreach (var piece in input.Chunk(1000))
        {
            demuxer.Push(piece);
            while (demuxer.TryTake(out _))
            {
            }
        }
    }

    public static void Rtsp(byte[] input)
    {
        ReadOnlySpan<byte> rest = input;
        while (!rest.IsEmpty)
        {
            var unit = RtspReader.Read(rest);
            if (unit.Kind is RtspUnitKind.NeedMore or RtspUnitKind.Malformed)
            {
                break;
            }

            Unless(unit.Consumed > 0 && unit.Consumed <= rest.Length, "a reader goes on");
            rest = rest[unit.Consumed..];
        }

        var text = Encoding.Latin1.GetString(input);
        _ = RtspTransport.Parse(text);
        _ = AuthChallenge.Parse(text);
    }

    private static void SameHoweverCut(byte[] input, Func<IEnumerable<byte[]>, List<byte[]>> run)
    {
        var whole = run([input]);
        var cut = run(input.Chunk(1 + (input.Length % 61)));
        Unless(whole.Count == cut.Count && whole.Zip(cut).All(p => p.First.AsSpan().SequenceEqual(p.Second)), "cutting the stream makes no difference");
    }

    private delegate void Push(ReadOnlySpan<byte> bytes);

    private static List<byte[]> Collect(IEnumerable<byte[]> pieces, Push push, Func<List<byte[]>> take, Func<List<byte[]>>? end = null)
    {
        var all = new List<byte[]>();
        foreach (var piece in pieces)
        {
            push(piece);
            all.AddRange(take());
        }

        all.AddRange(end?.Invoke() ?? []);
        return all;
    }
}
