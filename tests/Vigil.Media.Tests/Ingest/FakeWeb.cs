using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Vigil.Media.Tests.Ingest;

/// <summary>A small web camera on loopback: every path is a function that writes an answer to the raw connection.</summary>
internal sealed class FakeWeb : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopped = new();
    private readonly Task accepting;

    public FakeWeb()
    {
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Takes the request's head and writes the whole answer.</summary>
    public Dictionary<string, Func<string, Stream, CancellationToken, Task>> Paths { get; } = [];

    public Uri At(string path) => new($"http://127.0.0.1:{Port}{path}");

    public static byte[] Answer(string status, string type, byte[] body, params string[] headers) =>
    [
        .. Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n"),
        .. body,
    ];

    public void Serve(string path, string type, byte[] body) =>
        Paths[path] = (_, stream, cancel) => stream.WriteAsync(Answer("200 OK", type, body), cancel).AsTask();

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        listener.Stop();
        await accepting;
        stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stopped.Token));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var head = new StringBuilder();
                var one = new byte[1];
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, stopped.Token) == 1)
                {
                    head.Append((char)one[0]);
                }

                var request = head.ToString();
                var path = request.Split(' ') is [_, var target, ..] ? target : "/";
                var answer = Paths.GetValueOrDefault(path)
                    ?? ((_, s, c) => s.WriteAsync(Answer("404 Not Found", "text/plain", []), c).AsTask());
                await answer(request, stream, stopped.Token);
            }
            catch (Exception ended) when (ended is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The viewer left.
            }
        }
    }
}
