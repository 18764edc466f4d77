using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;

namespace Vigil.Protocols.Stun;

/// <summary>Message types of RFC 8489 §5 that ICE uses: method Binding in its four classes.</summary>
public enum StunType : ushort
{
    BindingRequest = 0x0001,
    BindingIndication = 0x0011,
    BindingSuccess = 0x0101,
    BindingError = 0x0111,
}

/// <summary>Attributes of RFC 8489 §18.3 and RFC 8445 §16.1 that ICE uses.</summary>
public enum StunAttribute : ushort
{
    Username = 0x0006,
    MessageIntegrity = 0x0008,
    ErrorCode = 0x0009,
    UnknownAttributes = 0x000A,
    XorMappedAddress = 0x0020,
    Priority = 0x0024,
    UseCandidate = 0x0025,
    Fingerprint = 0x8028,
    IceControlled = 0x8029,
    IceControlling = 0x802A,
}

/// <summary>Why a datagram is not a STUN message.</summary>
public enum StunParseError
{
    None,
    TooShort,
    NotStun,
    LengthMismatch,
    AttributeBeyondEnd,
    TooManyAttributes,
    WrongFingerprint,
}

/// <summary>
/// A validated view of a STUN message (RFC 8489 §5). Copies nothing and must not outlive its bytes. Attributes behind
/// MESSAGE-INTEGRITY other than FINGERPRINT are not seen, as §14.5 demands, because nobody has signed them.
/// </summary>
public readonly ref struct StunMessage
{
    public const int HeaderLength = 20;
    public const uint MagicCookie = 0x2112_A442;
    public const int TransactionIdLength = 12;

    /// <summary>A browser sends about eight; more is somebody playing.</summary>
    private const int MaxAttributes = 32;

    private readonly ReadOnlySpan<byte> message;
    private readonly int signedEnd;
    private readonly int integrityAt;

    private StunMessage(ReadOnlySpan<byte> message, int signedEnd, int integrityAt)
    {
        this.message = message;
        this.signedEnd = signedEnd;
        this.integrityAt = integrityAt;
    }

    public StunType Type => (StunType)BinaryPrimitives.ReadUInt16BigEndian(message);

    public ReadOnlySpan<byte> TransactionId => message.Slice(8, TransactionIdLength);

    public bool HasIntegrity => integrityAt >= 0;

    /// <summary>The two top bits that tell STUN from DTLS and RTP on one port (RFC 7983 §7).</summary>
    public static bool LooksLikeStun(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= HeaderLength && datagram[0] < 4 && BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) == MagicCookie;

    public static StunParseError TryParse(ReadOnlySpan<byte> datagram, out StunMessage message)
    {
        message = default;
        if (datagram.Length < HeaderLength)
        {
            return StunParseError.TooShort;
        }

        if (!LooksLikeStun(datagram))
        {
            return StunParseError.NotStun;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        if (length % 4 != 0 || length + HeaderLength != datagram.Length)
        {
            return StunParseError.LengthMismatch;
        }

        var at = HeaderLength;
        var integrityAt = -1;
        for (var count = 0; at < datagram.Length; count++)
        {
            if (count == MaxAttributes)
            {
                return StunParseError.TooManyAttributes;
            }

            if (!TryReadHead(datagram, at, out var type, out var valueLength, out var next))
            {
                return StunParseError.AttributeBeyondEnd;
            }

            if (type == StunAttribute.Fingerprint)
            {
                // §14.7: always last, always four bytes.
                if (valueLength != 4 || next != datagram.Length
                    || BinaryPrimitives.ReadUInt32BigEndian(datagram[(at + 4)..]) != Fingerprint(datagram[..at]))
                {
                    return StunParseError.WrongFingerprint;
                }
            }
            else if (type == StunAttribute.MessageIntegrity && integrityAt < 0)
            {
                if (valueLength != HMACSHA1.HashSizeInBytes)
                {
                    return StunParseError.AttributeBeyondEnd;
                }

                integrityAt = at;
            }

            at = next;
        }

        message = new StunMessage(datagram, integrityAt >= 0 ? integrityAt : datagram.Length, integrityAt);
        return StunParseError.None;
    }

    /// <summary>The value of an attribute before MESSAGE-INTEGRITY; false when it is not there.</summary>
    public bool TryGet(StunAttribute wanted, out ReadOnlySpan<byte> value)
    {
        for (var at = HeaderLength; at < signedEnd;)
        {
            _ = TryReadHead(message, at, out var type, out var length, out var next);
            if (type == wanted)
            {
                value = message.Slice(at + 4, length);
                return true;
            }

            at = next;
        }

        value = default;
        return false;
    }

    /// <summary>Does MESSAGE-INTEGRITY fit <paramref name="key"/>? Constant time; false when it is missing (RFC 8489 §14.5).</summary>
    public bool IsSignedWith(ReadOnlySpan<byte> key)
    {
        if (integrityAt < 0)
        {
            return false;
        }

        // The length field counts up to the end of MESSAGE-INTEGRITY while the hash is made.
        Span<byte> signed = stackalloc byte[Math.Min(integrityAt, 1024)];
        if (integrityAt > signed.Length)
        {
            return false;
        }

        message[..integrityAt].CopyTo(signed);
        BinaryPrimitives.WriteUInt16BigEndian(signed[2..], (ushort)(integrityAt + 24 - HeaderLength));
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The protocol names HMAC-SHA1.
        HMACSHA1.HashData(key, signed, hash);
#pragma warning restore CA5350
        return CryptographicOperations.FixedTimeEquals(hash, message.Slice(integrityAt + 4, hash.Length));
    }

    /// <summary>XOR-MAPPED-ADDRESS (RFC 8489 §14.2); null when missing or malformed.</summary>
    public IPEndPoint? XorMappedAddress
    {
        get
        {
            if (!TryGet(StunAttribute.XorMappedAddress, out var value) || value.Length < 8)
            {
                return null;
            }

            var port = BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ (int)(MagicCookie >> 16);
            var size = value[1] switch { 1 => 4, 2 => 16, _ => 0 };
            if (size == 0 || value.Length != size + 4)
            {
                return null;
            }

            Span<byte> address = stackalloc byte[size];
            for (var i = 0; i < size; i++)
            {
                address[i] = (byte)(value[4 + i] ^ message[4 + i]);
            }

            return new IPEndPoint(new IPAddress(address), port);
        }
    }

    /// <summary>FINGERPRINT over everything before it (RFC 8489 §14.7).</summary>
    internal static uint Fingerprint(ReadOnlySpan<byte> before) => Crc32.Compute(before) ^ 0x5354_554E;

    private static bool TryReadHead(ReadOnlySpan<byte> message, int at, out StunAttribute type, out int length, out int next)
    {
        type = default;
        length = next = 0;
        if (at + 4 > message.Length)
        {
            return false;
        }

        type = (StunAttribute)BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]);
        next = at + 4 + ((length + 3) & ~3);
        return next <= message.Length;
    }
}
