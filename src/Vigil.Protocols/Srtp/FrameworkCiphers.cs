using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Vigil.Protocols.Srtp;

/// <summary>AES-128-GCM on the framework's <see cref="AesGcm"/>: 2.7 times the time of EVP with a reused context, and always there.</summary>
public sealed class FrameworkGcmCipher(SrtpKeys keys) : ISrtpCipher
{
    private const int MaxAssociated = 256;
    private readonly AesGcm gcm = new(keys.CipherKey.Span, 16);

    public void Seal(
        ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> payload, ReadOnlySpan<byte> trailer, Span<byte> tag)
    {
        Span<byte> data = stackalloc byte[associated.Length + trailer.Length];
        gcm.Encrypt(iv, payload, payload, tag, Join(associated, trailer, data));
    }

    public bool Open(
        ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> payload, ReadOnlySpan<byte> trailer, ReadOnlySpan<byte> tag)
    {
        if (associated.Length > MaxAssociated)
        {
            return false;
        }

        Span<byte> data = stackalloc byte[associated.Length + trailer.Length];
        try
        {
            gcm.Decrypt(iv, payload, tag, payload, Join(associated, trailer, data));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false; // The framework has no other way to say it; EVP has.
        }
    }

    public void Dispose() => gcm.Dispose();

    private static Span<byte> Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> into)
    {
        first.CopyTo(into);
        second.CopyTo(into[first.Length..]);
        return into;
    }
}

/// <summary>AES-128 counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1) on the framework's primitives.</summary>
public sealed class FrameworkCounterCipher : ISrtpCipher
{
    /// <summary>Counter blocks made at a time: a whole datagram.</summary>
    private const int BatchBytes = 96 * 16;

    private readonly Aes aes = Aes.Create();
    private readonly IncrementalHash hmac;
    private readonly byte[] counters = new byte[BatchBytes];
    private readonly byte[] stream = new byte[BatchBytes];

    public FrameworkCounterCipher(SrtpKeys keys)
    {
        aes.SetKey(keys.CipherKey.Span);
        hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, keys.AuthenticationKey.Span);
    }

    public void Seal(
        ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> payload, ReadOnlySpan<byte> trailer, Span<byte> tag)
    {
        Transform(iv, payload);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        Authenticate(associated, payload, trailer, hash);
        hash[..tag.Length].CopyTo(tag);
    }

    public bool Open(
        ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> payload, ReadOnlySpan<byte> trailer, ReadOnlySpan<byte> tag)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        Authenticate(associated, payload, trailer, hash);
        if (!CryptographicOperations.FixedTimeEquals(hash[..tag.Length], tag))
        {
            return false;
        }

        Transform(iv, payload);
        return true;
    }

    public void Dispose()
    {
        aes.Dispose();
        hmac.Dispose();
    }

    /// <summary>XORs the key stream of <paramref name="iv"/> into <paramref name="data"/>.</summary>
    internal void Transform(ReadOnlySpan<byte> iv, Span<byte> data)
    {
        var counter = BinaryPrimitives.ReadUInt16BigEndian(iv[14..]);
        while (!data.IsEmpty)
        {
            var blocks = Math.Min((data.Length + 15) / 16, BatchBytes / 16);
            for (var i = 0; i < blocks; i++)
            {
                iv.CopyTo(counters.AsSpan(i * 16));
                BinaryPrimitives.WriteUInt16BigEndian(counters.AsSpan((i * 16) + 14), counter++);
            }

#pragma warning disable CA5358 // Blocks of a counter are how counter mode is made.
            aes.EncryptEcb(counters.AsSpan(0, blocks * 16), stream, PaddingMode.None);
#pragma warning restore CA5358
            var count = Math.Min(data.Length, blocks * 16);
            for (var i = 0; i < count; i++)
            {
                data[i] ^= stream[i];
            }

            data = data[count..];
        }
    }

    private void Authenticate(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> trailer, Span<byte> hash)
    {
        hmac.AppendData(associated);
        hmac.AppendData(payload);
        hmac.AppendData(trailer);
        hmac.GetHashAndReset(hash);
    }
}
