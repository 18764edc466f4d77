using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Vigil.Bench.Signalling;

/// <summary>The least that Kestrel can do for a WebSocket: no buffer while nothing comes, and what comes goes back.</summary>
internal static class EchoServer
{
    public static async Task<int> Run(string[] arguments)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(arguments[0], CultureInfo.InvariantCulture)));
        await using var app = builder.Build();
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        app.Run(EchoAsync);
        await app.StartAsync();
        Console.WriteLine("READY");
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        return 0;
    }

    private static async Task EchoAsync(HttpContext http)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        try
        {
            while (true)
            {
                var hint = await socket.ReceiveAsync(Memory<byte>.Empty, http.RequestAborted);
                if (hint.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(4096);
                try
                {
                    var part = await socket.ReceiveAsync(buffer.AsMemory(), http.RequestAborted);
                    await socket.SendAsync(buffer.AsMemory(0, part.Count), WebSocketMessageType.Text, part.EndOfMessage, http.RequestAborted);
                }
                finally
                {
                    System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception gone) when (gone is WebSocketException or IOException or OperationCanceledException)
        {
        }
    }
}
