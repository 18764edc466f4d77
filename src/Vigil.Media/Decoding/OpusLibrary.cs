using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vigil.Media.Decoding;

/// <summary>The few entry points of libopus (RFC 6716's own implementation) that Vigil calls. It comes with ffmpeg on every Debian and Ubuntu.</summary>
internal static partial class OpusLibrary
{
    private const string Library = "libopus.so.0";

    internal const int ApplicationAudio = 2049;
    internal const int SetBitrate = 4002;
    internal const int SetComplexity = 4010;
    internal const int GetLookahead = 4027;

    /// <summary>What a 120 ms packet decodes to at 48 kHz, the longest that exists (RFC 6716 §2.1.4).</summary>
    internal const int LongestPacketMilliseconds = 120;

    /// <summary>False when the library is not installed: then G.711 and Opus cameras have no sound, and the log says so.</summary>
    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    [LibraryImport(Library, EntryPoint = "opus_encoder_create")]
    internal static partial OpusEncoderHandle CreateEncoder(int sampleRate, int channels, int application, out int error);

    [LibraryImport(Library, EntryPoint = "opus_encoder_destroy")]
    internal static partial void DestroyEncoder(nint encoder);

    // opus_encoder_ctl is variadic; on System V x86-64 and on AArch64 Linux an int or pointer travels the same way as in a fixed signature.
    [LibraryImport(Library, EntryPoint = "opus_encoder_ctl")]
    internal static partial int ControlEncoder(OpusEncoderHandle encoder, int request, int value);

    [LibraryImport(Library, EntryPoint = "opus_encoder_ctl")]
    internal static partial int QueryEncoder(OpusEncoderHandle encoder, int request, out int value);

    [LibraryImport(Library, EntryPoint = "opus_encode")]
    internal static partial int Encode(OpusEncoderHandle encoder, ReadOnlySpan<short> pcm, int samples, Span<byte> packet, int capacity);

    [LibraryImport(Library, EntryPoint = "opus_decoder_create")]
    internal static partial OpusDecoderHandle CreateDecoder(int sampleRate, int channels, out int error);

    [LibraryImport(Library, EntryPoint = "opus_decoder_destroy")]
    internal static partial void DestroyDecoder(nint decoder);

    [LibraryImport(Library, EntryPoint = "opus_decode")]
    internal static partial int Decode(OpusDecoderHandle decoder, ReadOnlySpan<byte> packet, int length, Span<short> pcm, int samples, int correct);
}

/// <summary>Owns an <c>OpusEncoder*</c>.</summary>
internal sealed class OpusEncoderHandle() : SafeHandleZeroOrMinusOneIsInvalid(true)
{
    protected override bool ReleaseHandle()
    {
        OpusLibrary.DestroyEncoder(handle);
        return true;
    }
}

/// <summary>Owns an <c>OpusDecoder*</c>.</summary>
internal sealed class OpusDecoderHandle() : SafeHandleZeroOrMinusOneIsInvalid(true)
{
    protected override bool ReleaseHandle()
    {
        OpusLibrary.DestroyDecoder(handle);
        return true;
    }
}
