using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Vigil.Server.Hosting;

namespace Vigil.Server.Database;

/// <summary>
/// The envelope of a backup: AES-256-GCM in chunks of one mebibyte under a key from the passphrase. Layout: "VIGILBK1", 16 bytes salt, iterations
/// (big-endian int32), then chunks of [length int32][ciphertext][16 bytes tag]. A chunk's nonce is its number; its associated data are the header and
/// whether it is the last, so that nothing can be cut off, swapped or mixed between files.
/// </summary>
internal static class BackupFile
{
    private const int ChunkBytes = 1 << 20;
    private const int TagBytes = 16;
    private const int HeaderBytes = 8 + 16 + 4;

    // OWASP's figure for PBKDF2-HMAC-SHA256 (2023): about a third of a second here.
    private const int Iterations = 600_000;
    private static ReadOnlySpan<byte> Magic => "VIGILBK1"u8;

    public static async Task EncryptAsync(Stream plain, Stream sealedFile, string passphrase, CancellationToken cancel, int iterations = Iterations)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        RandomNumberGenerator.Fill(header.AsSpan(8, 16));
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(24), iterations);
        await sealedFile.WriteAsync(header, cancel);

        using var cipher = new AesGcm(Key(passphrase, header), TagBytes);
        var current = new byte[ChunkBytes];
        var next = new byte[ChunkBytes];
        var output = new byte[4 + ChunkBytes + TagBytes];
        var length = await plain.ReadAtLeastAsync(current, ChunkBytes, throwOnEndOfStream: false, cancel);
        for (long number = 0; ; number++)
        {
            var nextLength = length < ChunkBytes ? 0 : await plain.ReadAtLeastAsync(next, ChunkBytes, throwOnEndOfStream: false, cancel);
            var isLast = nextLength == 0;
            BinaryPrimitives.WriteInt32BigEndian(output, length);
            cipher.Encrypt(
                Nonce(number), current.AsSpan(0, length), output.AsSpan(4, length), output.AsSpan(4 + length, TagBytes), AssociatedData(header, isLast));
            await sealedFile.WriteAsync(output.AsMemory(0, 4 + length + TagBytes), cancel);
            if (isLast)
            {
                return;
            }

            (current, next, length) = (next, current, nextLength);
        }
    }

    /// <exception cref="RefusedException">Not a backup, the wrong passphrase, damaged, or cut off. Nothing may be used of what was written so far.</exception>
    public static async Task DecryptAsync(Stream sealedFile, Stream plain, string passphrase, CancellationToken cancel)
    {
        var header = new byte[HeaderBytes];
        if (await sealedFile.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancel) < HeaderBytes || !header.AsSpan(0, 8).SequenceEqual(Magic)
            || BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(24)) is < 1 or > 10_000_000)
        {
            throw new RefusedException("This file is not a backup made by ./vigil backup.");
        }

        using var cipher = new AesGcm(Key(passphrase, header), TagBytes);
        var lengthBytes = new byte[4];
        var input = new byte[ChunkBytes + TagBytes];
        var output = new byte[ChunkBytes];
        var isLast = false;
        for (long number = 0; !isLast; number++)
        {
            var got = await sealedFile.ReadAtLeastAsync(lengthBytes, 4, throwOnEndOfStream: false, cancel);
            var length = BinaryPrimitives.ReadInt32BigEndian(lengthBytes);
            if (got < 4 || length is < 0 or > ChunkBytes
                || await sealedFile.ReadAtLeastAsync(input.AsMemory(0, length + TagBytes), length + TagBytes, throwOnEndOfStream: false, cancel) < length + TagBytes)
            {
                throw new RefusedException("The backup is cut off; nothing was changed.");
            }

            if (!TryOpen(false) && !(isLast = TryOpen(true)))
            {
                throw new RefusedException(
                    number == 0 ? "The passphrase is not right, or the backup is damaged; nothing was changed." : "The backup is damaged; nothing was changed.");
            }

            await plain.WriteAsync(output.AsMemory(0, length), cancel);

            bool TryOpen(bool last)
            {
                try
                {
                    cipher.Decrypt(Nonce(number), input.AsSpan(0, length), input.AsSpan(length, TagBytes), output.AsSpan(0, length), AssociatedData(header, last));
                    return true;
                }
                catch (AuthenticationTagMismatchException)
                {
                    return false;
                }
            }
        }
    }

    private static byte[] Key(string passphrase, byte[] header) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(passphrase), header.AsSpan(8, 16), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(24)), HashAlgorithmName.SHA256, 32);

    private static byte[] Nonce(long number)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), number);
        return nonce;
    }

    private static byte[] AssociatedData(byte[] header, bool isLast) => [.. header, (byte)(isLast ? 1 : 0)];
}
