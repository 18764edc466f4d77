using System.Buffers.Binary;
using System.Globalization;

namespace Vigil.Media.Ingest;

/// <summary>
/// The head of an endless WAV from a phone. Read by us, because ffmpeg's WAV reader waits for 64 KB (four seconds of an 8 kHz
/// microphone) in case it is S/PDIF; with the head known it gets plain samples and starts at once.
/// </summary>
internal static class WavHead
{
    private const int MostHeadBytes = 4096;

    /// <summary>ffmpeg's input format for the samples that follow, or null when the stream is no WAV we know. <paramref name="begun"/> was read before.</summary>
    public static async Task<string[]?> ReadAsync(byte[] begun, Stream stream, CancellationToken cancel)
    {
        var head = new byte[12];
        begun.CopyTo(head, 0);
        await stream.ReadExactlyAsync(head.AsMemory(begun.Length), cancel);
        if (!head.AsSpan(0, 4).SequenceEqual("RIFF"u8) || !head.AsSpan(8, 4).SequenceEqual("WAVE"u8))
        {
            return null;
        }

        string[]? format = null;
        var chunk = new byte[8];
        for (var read = 0; read < MostHeadBytes;)
        {
            await stream.ReadExactlyAsync(chunk, cancel);
            if (chunk.AsSpan(0, 4).SequenceEqual("data"u8))
            {
                return format;
            }

            var length = BinaryPrimitives.ReadUInt32LittleEndian(chunk.AsSpan(4));
            if (length > MostHeadBytes)
            {
                return null;
            }

            var body = new byte[length + (length & 1)];
            await stream.ReadExactlyAsync(body, cancel);
            read += body.Length + chunk.Length;
            if (chunk.AsSpan(0, 4).SequenceEqual("fmt "u8) && body.Length >= 16)
            {
                format = Describe(body);
            }
        }

        return null;
    }

    private static string[]? Describe(ReadOnlySpan<byte> fmt)
    {
        var (tag, channels) = (BinaryPrimitives.ReadUInt16LittleEndian(fmt), BinaryPrimitives.ReadUInt16LittleEndian(fmt[2..]));
        var (rate, bits) = (BinaryPrimitives.ReadUInt32LittleEndian(fmt[4..]), BinaryPrimitives.ReadUInt16LittleEndian(fmt[14..]));
        var name = (tag, bits) switch
        {
            (1 or 0xFFFE, 16) => "s16le",
            (1, 8) => "u8",
            (1 or 0xFFFE, 24) => "s24le",
            (6, 8) => "alaw",
            (7, 8) => "mulaw",
            _ => null,
        };
        return name is null || channels is 0 or > 8 || rate is < 4000 or > 192_000
            ? null
            :
            [
                "-f", name,
                "-ar", rate.ToString(CultureInfo.InvariantCulture),
                "-ac", channels.ToString(CultureInfo.InvariantCulture),
                "-probesize", "32", "-analyzeduration", "0",
            ];
    }
}
