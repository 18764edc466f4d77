using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vigil.Media.Decoding;

/// <summary>
/// A WAV that already is what listening wants, 16 kHz mono of 16 bits (RIFF/WAVE, format tag 1): its samples as they lie, without a process that
/// takes longer to start than they take to hear. Whatever is unusual about it is left to ffmpeg.
/// </summary>
internal static class PlainWave
{
    private const int MostHead = 4_096;
    private const int ReadBytes = 64 * 1024;

    /// <summary>Where its samples begin and how many bytes they are, or null: ffmpeg's work.</summary>
    public static (int Start, long Bytes)? Find(SafeFileHandle file)
    {
        Span<byte> buffer = stackalloc byte[MostHead];
        ReadOnlySpan<byte> head = buffer[..RandomAccess.Read(file, buffer, 0)];
        if (head.Length < 12 || !head.StartsWith("RIFF"u8) || !head[8..].StartsWith("WAVE"u8))
        {
            return null;
        }

        var known = false;
        for (var at = 12; at + 8 <= head.Length;)
        {
            var name = head.Slice(at, 4);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(head[(at + 4)..]);
            at += 8;
            if (name.SequenceEqual("data"u8))
            {
                // Longer than the file: truncated, or a stream whose length was never filled in.
                return known && length > 0 && at + length <= RandomAccess.GetLength(file) ? (at, length & ~1L) : null;
            }

            if (length > MostHead || at + length > head.Length)
            {
                return null;
            }

            known |= name.SequenceEqual("fmt "u8) && length >= 16 && IsPlain(head[at..]);
            at += (int)(length + (length & 1));
        }

        return null;
    }

    /// <summary>Gives the samples in order; returns how many.</summary>
    public static long Read(SafeFileHandle file, (int Start, long Bytes) where, ReadOnlySpanAction<short, int> take, CancellationToken cancel)
    {
        var buffer = new byte[ReadBytes];
        long done = 0;
        while (done < where.Bytes)
        {
            cancel.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, where.Bytes - done)), where.Start + done) & ~1;
            if (read == 0)
            {
                break; // Somebody cut the file.
            }

            take(MemoryMarshal.Cast<byte, short>(buffer.AsSpan(0, read)), 0);
            done += read;
        }

        return done / sizeof(short);
    }

    private static bool IsPlain(ReadOnlySpan<byte> format) =>
        BitConverter.IsLittleEndian
        && BinaryPrimitives.ReadUInt16LittleEndian(format) == 1
        && BinaryPrimitives.ReadUInt16LittleEndian(format[2..]) == 1
        && BinaryPrimitives.ReadUInt32LittleEndian(format[4..]) == 16_000
        && BinaryPrimitives.ReadUInt16LittleEndian(format[14..]) == 16;
}
