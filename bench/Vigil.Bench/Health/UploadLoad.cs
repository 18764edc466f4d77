using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Vigil.Bench.Health;

/// <summary>What a crowd of sensors did: how many readings were answered with 201, and how long each answer took.</summary>
internal sealed record Uploaded(long Done, IReadOnlyCollection<double> Milliseconds);

/// <summary>
/// Sensors on plain sockets, each sending its next reading when the last one is answered: on a shared machine the client must cost next to nothing.
/// </summary>
internal sealed class UploadLoad
{
    private readonly Uri address;
    private readonly TimeProvider time;
    private readonly byte[] request;

    public UploadLoad(Uri address, string token, TimeProvider time)
    {
        (this.address, this.time) = (address, time);
        const string Boundary = "vigil-bench";
        var form = $"--{Boundary}\r\nContent-Disposition: form-data; name=\"temperature\"\r\n\r\n36.6\r\n"
            + $"--{Boundary}\r\nContent-Disposition: form-data; name=\"humidity\"\r\n\r\n45.5\r\n--{Boundary}--\r\n";
        request = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"POST /health/upload HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary={Boundary}\r\nContent-Length: {form.Length}\r\n\r\n{form}"));
    }

    public async Task<Uploaded> RunAsync(int sensors, TimeSpan length, CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        var took = await Task.WhenAll(Enumerable.Range(0, sensors).Select(_ => Task.Run(() => SendAsync(began, length, cancel), cancel)));
        double[] all = [.. took.SelectMany(times => times)];
        return new Uploaded(all.Length, all);
    }

    private async Task<List<double>> SendAsync(long began, TimeSpan length, CancellationToken cancel)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port, cancel);
        var answer = new byte[8192];
        var took = new List<double>();
        while (time.GetElapsedTime(began) < length)
        {
            var sent = time.GetTimestamp();
            await socket.SendAsync(request, cancel);
            var held = 0;
            while (!IsWhole(answer.AsSpan(0, held)))
            {
                var got = await socket.ReceiveAsync(answer.AsMemory(held), cancel);
                if (got == 0 || (held += got) == answer.Length)
                {
                    throw new InvalidOperationException($"No answer: {Encoding.UTF8.GetString(answer, 0, held)}");
                }
            }

            if (!answer.AsSpan().StartsWith("HTTP/1.1 201"u8))
            {
                throw new InvalidOperationException(Encoding.UTF8.GetString(answer, 0, held));
            }

            took.Add(time.GetElapsedTime(sent).TotalMilliseconds);
        }

        return took;
    }

    /// <summary>By its length, or by the last chunk.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var length = answer[..head].IndexOf("Content-Length: "u8);
        if (length < 0)
        {
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        }

        var digits = answer[(length + 16)..head];
        var end = digits.IndexOf((byte)'\r');
        return answer.Length - head - 4 >= int.Parse(end < 0 ? digits : digits[..end], CultureInfo.InvariantCulture);
    }
}
