using System.Security.Cryptography;

namespace Vigil.Protocols.Srtp;

/// <summary>Protection profiles, numbered as in the DTLS use_srtp extension (RFC 5764 §4.1.2, RFC 7714 §14.2).</summary>
public enum SrtpProfile : ushort
{
    Aes128CmSha1Tag80 = 0x0001,
    AeadAes128Gcm = 0x0007,
}

/// <summary>
/// Session keys of one direction (RFC 3711 §4.3), derived once from a master key and salt: nobody uses a key derivation rate.
/// Secrets: never log them.
/// </summary>
public sealed class SrtpKeys
{
    public const int CipherKeyLength = 16;
    public const int AuthenticationKeyLength = 20;
    private const int DerivationSaltLength = 14;

    private SrtpKeys(SrtpProfile profile, byte[] cipherKey, byte[] authenticationKey, byte[] salt)
    {
        Profile = profile;
        CipherKey = cipherKey;
        AuthenticationKey = authenticationKey;
        Salt = salt;
    }

    public SrtpProfile Profile { get; }

    public ReadOnlyMemory<byte> CipherKey { get; }

    /// <summary>For HMAC-SHA1; unused by AEAD.</summary>
    public ReadOnlyMemory<byte> AuthenticationKey { get; }

    /// <summary>12 bytes for GCM, 14 for counter mode.</summary>
    public ReadOnlyMemory<byte> Salt { get; }

    /// <summary>Bytes of master salt in the DTLS exporter's output: 12 for GCM (RFC 7714 §12), 14 for counter mode.</summary>
    public static int MasterSaltLength(SrtpProfile profile) => profile == SrtpProfile.AeadAes128Gcm ? 12 : 14;

    public static int TagLength(SrtpProfile profile) => profile == SrtpProfile.AeadAes128Gcm ? 16 : 10;

    /// <summary>Given session keys, as the RFCs' vectors have them.</summary>
    internal static SrtpKeys ForTest(SrtpProfile profile, byte[] cipherKey) =>
        new(profile, cipherKey, new byte[AuthenticationKeyLength], new byte[MasterSaltLength(profile)]);

    /// <param name="profile">What DTLS agreed on.</param>
    /// <param name="masterKey">16 bytes.</param>
    /// <param name="masterSalt"><see cref="MasterSaltLength"/> bytes.</param>
    /// <param name="forRtcp">Labels 3 to 5 instead of 0 to 2 (§4.3.2).</param>
    public static SrtpKeys Derive(SrtpProfile profile, ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt, bool forRtcp)
    {
        // RFC 7714 §11: GCM's shorter salt is padded with zeros on the right for the derivation.
        Span<byte> salt = stackalloc byte[DerivationSaltLength];
        salt.Clear();
        masterSalt.CopyTo(salt);
        var label = forRtcp ? 3 : 0;
        using var aes = Aes.Create();
        aes.SetKey(masterKey);
        return new SrtpKeys(
            profile,
            Derive(aes, salt, label, CipherKeyLength),
            Derive(aes, salt, label + 1, AuthenticationKeyLength),
            Derive(aes, salt, label + 2, MasterSaltLength(profile)));
    }

    private static byte[] Derive(Aes aes, ReadOnlySpan<byte> salt, int label, int length)
    {
        // §4.3.1: key_id = label ‖ 48 zero bits, right-aligned with the salt, so the label meets byte 7.
        Span<byte> block = stackalloc byte[16];
        block.Clear();
        salt.CopyTo(block);
        block[7] ^= (byte)label;
        var key = new byte[(length + 15) / 16 * 16];
        for (var i = 0; i < key.Length / 16; i++)
        {
            block[15] = (byte)i;
#pragma warning disable CA5358 // One block at a time is how counter mode is made.
            aes.EncryptEcb(block, key.AsSpan(i * 16, 16), PaddingMode.None);
#pragma warning restore CA5358
        }

        return key[..length];
    }
}
