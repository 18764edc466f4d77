using System.Buffers;
using System.Text;

namespace Vigil.Server.Devices.Redis;

/// <summary>Spells commands: a list of bulk strings, which every version of Redis understands.</summary>
internal static class RespWriter
{
    public static byte[] Command(params ReadOnlySpan<RespWord> words)
    {
        var to = new ArrayBufferWriter<byte>(256);
        Encoding.ASCII.GetBytes($"*{words.Length}\r\n", to);
        foreach (var word in words)
        {
            Encoding.ASCII.GetBytes($"${word.Bytes.Length}\r\n", to);
            to.Write(word.Bytes.Span);
            to.Write("\r\n"u8);
        }

        return to.WrittenSpan.ToArray();
    }
}
