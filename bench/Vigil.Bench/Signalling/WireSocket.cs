using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Vigil.Bench.Signalling;

/// <summary>Is given one text; must not keep it.</summary>
internal delegate void TextTaker(WireSocket from, ReadOnlySpan<byte> text);

/// <summary>A WebSocket client (RFC 6455) that is nearly free, so that ten thousand of them cost less than what they measure: texts only, a mask of zeros.</summary>
internal sealed class WireSocket : IDisposable
{
    private const int Longest = 64 * 1024;
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] buffer = new byte[512];
    private int filled;

    /// <summary>Which of its kind.</summary>
    public required int Number { get; init; }

    /// <summary>Free for whoever drives it.</summary>
    public string Session { get; set; } = "";

    /// <summary>Why it ended, as far as it was told.</summary>
    public string Ending { get; private set; } = "";

    public async Task ConnectAsync(IPAddress from, int port, string path)
    {
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        Write(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        while (true)
        {
            await FillAsync();
            var end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                if (!buffer.AsSpan(0, filled).StartsWith("HTTP/1.1 101"u8))
                {
                    throw new IOException(Encoding.ASCII.GetString(buffer, 0, Math.Min(filled, 40)));
                }

                Take(end + 4);
                return;
            }
        }
    }

    public void Say(ReadOnlySpan<byte> text)
    {
        Span<byte> frame = stackalloc byte[8 + text.Length];
        frame[0] = 0x81;
        var head = 6;
        if (text.Length < 126)
        {
            frame[1] = (byte)(0x80 | text.Length);
        }
        else
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)text.Length);
            head = 8;
        }

        frame[(head - 4)..head].Clear();
        text.CopyTo(frame[head..]);
        Write(frame[..(head + text.Length)]);
    }

    /// <summary>Until the far side, or this one, has closed.</summary>
    public async Task ListenAsync(TextTaker take)
    {
        try
        {
            while (true)
            {
                while (TakeFrame(take) is { } goesOn)
                {
                    if (!goesOn)
                    {
                        return;
                    }
                }

                await FillAsync();
            }
        }
        catch (Exception gone) when (gone is SocketException or IOException or ObjectDisposedException)
        {
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>True: one was taken. False: it says goodbye. Null: more must come first.</summary>
    private bool? TakeFrame(TextTaker take)
    {
        if (filled < 2)
        {
            return null;
        }

        var (head, length) = (2, buffer[1] & 0x7F);
        if (length == 126)
        {
            if (filled < 4)
            {
                return null;
            }

            (head, length) = (4, BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(2)));
        }

        if (filled < head + length)
        {
            return null;
        }

        var body = buffer.AsSpan(head, length);
        if ((buffer[0] & 0x0F) == 8)
        {
            Ending = length > 2 ? Encoding.UTF8.GetString(body[2..]) : "closed";
            return false;
        }

        if ((buffer[0] & 0x0F) == 1)
        {
            take(this, body);
        }

        Take(head + length);
        return true;
    }

    private async ValueTask FillAsync()
    {
        if (filled == buffer.Length)
        {
            Array.Resize(ref buffer, filled < Longest ? filled * 2 : throw new IOException("Too long."));
        }

        var read = await socket.ReceiveAsync(buffer.AsMemory(filled));
        filled += read > 0 ? read : throw new IOException("Closed.");
    }

    private void Take(int count)
    {
        buffer.AsSpan(count, filled - count).CopyTo(buffer);
        filled -= count;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }
}
