using System.Buffers;
using System.Buffers.Text;

namespace Vigil.Server.Hosting;

/// <summary>Base64url without padding, white space or stray bits: one value has one spelling. Never throws, whatever a stranger sends.</summary>
internal static class StrictBase64Url
{
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (text.ContainsAnyExcept(Alphabet)
            || Base64Url.DecodeFromChars(text, bytes, out var read, out var written) != OperationStatus.Done || read != text.Length
            || !text.SequenceEqual(Base64Url.EncodeToString(bytes.AsSpan(0, written))))
        {
            bytes = [];
            return false;
        }

        bytes = bytes[..written];
        return true;
    }

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}
