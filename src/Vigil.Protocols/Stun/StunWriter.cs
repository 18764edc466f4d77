using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Vigil.Protocols.Stun;

/// <summary>
/// Builds one STUN message (RFC 8489) in a buffer of the caller's. Attributes in call order; <see cref="Sign"/> and
/// <see cref="AddFingerprint"/> come last, in this order. The caller gives a buffer that is large enough (512 bytes always are).
/// </summary>
public ref struct StunWriter
{
    private readonly Span<byte> buffer;
    private int length;

    public StunWriter(Span<byte> buffer, StunType type, ReadOnlySpan<byte> transactionId)
    {
        this.buffer = buffer;
        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)type);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], StunMessage.MagicCookie);
        transactionId[..StunMessage.TransactionIdLength].CopyTo(buffer[8..]);
        length = StunMessage.HeaderLength;
    }

    /// <summary>The message so far, with a length field that fits.</summary>
    public readonly ReadOnlySpan<byte> Written
    {
        get
        {
            SetLength(length);
            return buffer[..length];
        }
    }

    public void Add(StunAttribute type, scoped ReadOnlySpan<byte> value)
    {
        var at = buffer[length..];
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], (ushort)value.Length);
        value.CopyTo(at[4..]);
        var padded = (value.Length + 3) & ~3;
        at[(4 + value.Length)..(4 + padded)].Clear();
        length += 4 + padded;
    }

    public void Add(StunAttribute type, string value)
    {
        Span<byte> bytes = stackalloc byte[256];
        if (!Encoding.UTF8.TryGetBytes(value, bytes, out var written))
        {
            throw new ArgumentException("Longer than any STUN text may be.", nameof(value));
        }

        Add(type, bytes[..written]);
    }

    public void Add(StunAttribute type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        Add(type, bytes);
    }

    public void Add(StunAttribute type, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        Add(type, bytes);
    }

    /// <summary>XOR-MAPPED-ADDRESS; an IPv4-mapped address is written as the IPv4 address it is.</summary>
    public void AddXorMappedAddress(IPEndPoint endPoint)
    {
        var address = endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address;
        Span<byte> value = stackalloc byte[20];
        _ = address.TryWriteBytes(value[4..], out var size);
        value[0] = 0;
        value[1] = (byte)(size == 4 ? 1 : 2);
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)(endPoint.Port ^ (int)(StunMessage.MagicCookie >> 16)));
        for (var i = 0; i < size; i++)
        {
            value[4 + i] ^= buffer[4 + i];
        }

        Add(StunAttribute.XorMappedAddress, value[..(4 + size)]);
    }

    /// <summary>ERROR-CODE (RFC 8489 §14.8).</summary>
    public void AddError(int code, string reason)
    {
        Span<byte> value = stackalloc byte[64];
        value[0] = value[1] = 0;
        value[2] = (byte)(code / 100);
        value[3] = (byte)(code % 100);
        _ = Encoding.UTF8.TryGetBytes(reason, value[4..], out var written);
        Add(StunAttribute.ErrorCode, value[..(4 + written)]);
    }

    /// <summary>MESSAGE-INTEGRITY: HMAC-SHA1 over all before it, with a length field that already counts it (RFC 8489 §14.5).</summary>
    public void Sign(ReadOnlySpan<byte> key)
    {
        SetLength(length + 24);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The protocol names HMAC-SHA1.
        HMACSHA1.HashData(key, buffer[..length], hash);
#pragma warning restore CA5350
        Add(StunAttribute.MessageIntegrity, hash);
    }

    public void AddFingerprint()
    {
        SetLength(length + 8);
        Add(StunAttribute.Fingerprint, StunMessage.Fingerprint(buffer[..length]));
    }

    private readonly void SetLength(int total) =>
        BinaryPrimitives.WriteUInt16BigEndian(buffer[2..], (ushort)(total - StunMessage.HeaderLength));
}
