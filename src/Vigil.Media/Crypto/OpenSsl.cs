using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vigil.Media.Crypto;

/// <summary>
/// The entry points of the machine's OpenSSL 3 that DTLS and SRTP need. .NET itself depends on the same library on Linux.
/// Macros of the C headers are spelled out as the control calls behind them (ssl.h, dtls1.h, evp.h of OpenSSL 3.0).
/// </summary>
internal static unsafe partial class OpenSsl
{
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    internal const int ErrorWantRead = 2;
    internal const int ErrorZeroReturn = 6;
    internal const int VerifyPeerOrFail = 0x01 | 0x02;
    internal const int ControlSetMtu = 17;
    internal const int ContextSetMinimumVersion = 123;
    internal const int Dtls12 = 0xFEFD;
    internal const int KeyTypeEc = 408;

    /// <summary>NO_QUERY_MTU, NO_TICKET and NO_RENEGOTIATION.</summary>
    internal const ulong Options = 0x1000 | 0x4000 | 0x4000_0000;

    internal const int GcmSetIvLength = 0x9;
    internal const int GcmGetTag = 0x10;
    internal const int GcmSetTag = 0x11;

    /// <summary>False where OpenSSL 3 is missing: then there is no WebRTC, and the log says so.</summary>
    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Ssl, out _) && NativeLibrary.TryLoad(Crypto, out _);

    [LibraryImport(Ssl, EntryPoint = "DTLS_server_method")]
    internal static partial nint DtlsServerMethod();

    [LibraryImport(Ssl, EntryPoint = "DTLS_client_method")]
    internal static partial nint DtlsClientMethod();

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_new")]
    internal static partial SslContextHandle NewContext(nint method);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_free")]
    internal static partial void FreeContext(nint context);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_ctrl")]
    internal static partial long ControlContext(SslContextHandle context, int command, long value, nint pointer);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_options")]
    internal static partial ulong SetContextOptions(SslContextHandle context, ulong options);

    /// <summary>Returns 0 on success, unlike everything around it.</summary>
    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_tlsext_use_srtp", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SetSrtpProfiles(SslContextHandle context, string profiles);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_verify")]
    internal static partial void SetVerify(SslContextHandle context, int mode, delegate* unmanaged[Cdecl]<int, nint, int> callback);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_use_certificate_ASN1")]
    internal static partial int UseCertificate(SslContextHandle context, int length, ReadOnlySpan<byte> der);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_use_PrivateKey_ASN1")]
    internal static partial int UsePrivateKey(int type, SslContextHandle context, ReadOnlySpan<byte> der, long length);

    [LibraryImport(Ssl, EntryPoint = "SSL_new")]
    internal static partial SslHandle New(SslContextHandle context);

    [LibraryImport(Ssl, EntryPoint = "SSL_free")]
    internal static partial void Free(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_ctrl")]
    internal static partial long Control(SslHandle ssl, int command, long value, nint pointer);

    [LibraryImport(Ssl, EntryPoint = "DTLS_set_timer_cb")]
    internal static partial void SetTimerCallback(SslHandle ssl, delegate* unmanaged[Cdecl]<nint, uint, uint> callback);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_bio")]
    internal static partial void SetBio(SslHandle ssl, nint read, nint write);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_accept_state")]
    internal static partial void SetAcceptState(SslHandle ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_connect_state")]
    internal static partial void SetConnectState(SslHandle ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_do_handshake")]
    internal static partial int DoHandshake(SslHandle ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_read")]
    internal static partial int Read(SslHandle ssl, Span<byte> buffer, int length);

    [LibraryImport(Ssl, EntryPoint = "SSL_shutdown")]
    internal static partial int Shutdown(SslHandle ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_get_error")]
    internal static partial int GetError(SslHandle ssl, int result);

    [LibraryImport(Ssl, EntryPoint = "SSL_get1_peer_certificate")]
    internal static partial nint GetPeerCertificate(SslHandle ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_get_selected_srtp_profile")]
    internal static partial nint GetSelectedSrtpProfile(SslHandle ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_export_keying_material")]
    internal static partial int ExportKeyingMaterial(
        SslHandle ssl, Span<byte> output, nuint length, ReadOnlySpan<byte> label, nuint labelLength, nint context, nuint contextLength, int useContext);

    [LibraryImport(Crypto, EntryPoint = "X509_free")]
    internal static partial void FreeCertificate(nint certificate);

    [LibraryImport(Crypto, EntryPoint = "i2d_X509")]
    internal static partial int EncodeCertificate(nint certificate, byte** output);

    [LibraryImport(Crypto, EntryPoint = "BIO_s_mem")]
    internal static partial nint MemoryBioMethod();

    [LibraryImport(Crypto, EntryPoint = "BIO_new")]
    internal static partial nint NewBio(nint method);

    [LibraryImport(Crypto, EntryPoint = "BIO_write")]
    internal static partial int WriteBio(nint bio, ReadOnlySpan<byte> data, int length);

    [LibraryImport(Crypto, EntryPoint = "BIO_read")]
    internal static partial int ReadBio(nint bio, Span<byte> data, int length);

    [LibraryImport(Crypto, EntryPoint = "ERR_clear_error")]
    internal static partial void ClearErrors();

    [LibraryImport(Crypto, EntryPoint = "EVP_CIPHER_CTX_new")]
    internal static partial EvpCipherHandle NewCipher();

    [LibraryImport(Crypto, EntryPoint = "EVP_CIPHER_CTX_free")]
    internal static partial void FreeCipher(nint cipher);

    [LibraryImport(Crypto, EntryPoint = "EVP_aes_128_gcm")]
    internal static partial nint Aes128Gcm();

    [LibraryImport(Crypto, EntryPoint = "EVP_aes_128_ctr")]
    internal static partial nint Aes128Ctr();

    [LibraryImport(Crypto, EntryPoint = "EVP_CipherInit_ex")]
    internal static partial int InitCipher(
        EvpCipherHandle cipher, nint type, nint engine, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, int encrypt);

    [LibraryImport(Crypto, EntryPoint = "EVP_CipherUpdate")]
    [SuppressGCTransition] // At most a datagram: under 2 µs.
    internal static partial int UpdateCipher(EvpCipherHandleValue cipher, byte* output, int* written, byte* input, int length);

    [LibraryImport(Crypto, EntryPoint = "EVP_CipherInit_ex")]
    [SuppressGCTransition] // Sets the IV of a prepared context: tens of nanoseconds.
    internal static partial int SetIv(EvpCipherHandleValue cipher, nint type, nint engine, byte* key, byte* iv, int encrypt);

    [LibraryImport(Crypto, EntryPoint = "EVP_CipherFinal_ex")]
    [SuppressGCTransition]
    internal static partial int FinishCipher(EvpCipherHandleValue cipher, byte* output, int* written);

    [LibraryImport(Crypto, EntryPoint = "EVP_CIPHER_CTX_ctrl")]
    [SuppressGCTransition]
    internal static partial int ControlCipher(EvpCipherHandleValue cipher, int command, int value, byte* pointer);

    /// <summary>Microseconds until OpenSSL repeats a flight by its own clock: 35 minutes, longer than any handshake of ours.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static uint NeverByItself(nint ssl, uint before) => int.MaxValue;

    /// <summary>Certificates are compared by fingerprint afterwards (RFC 8122 §5); the chain means nothing, so every one passes here.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static int AcceptEveryCertificate(int preverified, nint store) => 1;
}

/// <summary>An <c>EVP_CIPHER_CTX*</c> whose owner is held alive by the caller: the hot path cannot afford reference counting per call.</summary>
internal readonly struct EvpCipherHandleValue(nint value)
{
#pragma warning disable IDE0052 // Read by native code.
    private readonly nint value = value;
#pragma warning restore IDE0052
}

internal sealed class SslContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(true)
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.FreeContext(handle);
        return true;
    }
}

internal sealed class SslHandle() : SafeHandleZeroOrMinusOneIsInvalid(true)
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.Free(handle);
        return true;
    }
}

internal sealed class EvpCipherHandle() : SafeHandleZeroOrMinusOneIsInvalid(true)
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.FreeCipher(handle);
        return true;
    }
}
