using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vigil.Testing;

/// <summary>
/// An RTSP camera on loopback that plays a clip in a loop, at its pace and with its timestamps, to anybody who asks over TCP, and that
/// misbehaves on command. It shares no RTSP code with Vigil, so that both cannot be wrong in the same way.
/// </summary>
public sealed class FakeCamera : IAsyncDisposable
{
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stopped = new();
    private readonly ConcurrentDictionary<FakeCameraConnection, Task> connections = new();
    private readonly Task accepting;
    private Clip clip;

    private FakeCamera(Clip clip, int port)
    {
        this.clip = clip;
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    public Uri Address => new($"{(Certificate is null ? "rtsp" : "rtsps")}://127.0.0.1:{Port}/live");

    /// <summary>Speaks TLS with it; the address is then rtsps.</summary>
    public X509Certificate2? Certificate { get; init; }

    public Manners Manners { get; set; }

    public MediaFaults Faults { get; } = new();

    /// <summary>Null: anybody may watch.</summary>
    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary><c>MD5</c>, <c>SHA-256</c> or <c>Basic</c>.</summary>
    public string Algorithm { get; init; } = "MD5";

    /// <summary>Names an inner address in Content-Base, forgets the Session header, answers other channels than asked for.</summary>
    public bool Lies { get; init; }

    public Uri? RedirectTo { get; set; }

    /// <summary>What the description calls the sound, in the place of what it is.</summary>
    public string? SoundName { get; init; }

    /// <summary>The port of a listener that must never be connected to, and all other facts a test wants of the requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Connections taken since the start.</summary>
    public int Accepted { get; private set; }

    /// <summary>What is played now. Setting another one is a change of resolution in mid-stream.</summary>
    public Clip Clip
    {
        get => Volatile.Read(ref clip);
        set => Volatile.Write(ref clip, value);
    }

    public CancellationToken Stopped => stopped.Token;

    public static FakeCamera Start(Clip clip, int port = 0) => new(clip, port);

    /// <summary>Starts one that asks for a password.</summary>
    public static FakeCamera Start(Clip clip, string username, string password, string algorithm = "MD5") =>
        new(clip, 0) { Username = username, Password = password, Algorithm = algorithm };

    /// <summary>Starts one that speaks TLS with a certificate it made itself, as cameras do.</summary>
    public static FakeCamera StartSecure(Clip clip)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=camera", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return new FakeCamera(clip, 0) { Certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null) };
    }

    /// <summary>Starts one whose sound has another name in its description.</summary>
    public static FakeCamera StartSounding(Clip clip, string soundName) => new(clip, 0) { SoundName = soundName };

    public static FakeCamera StartLying(Clip clip) => new(clip, 0) { Lies = true };

    /// <summary>Resets all connections.</summary>
    public void Reset()
    {
        foreach (var connection in connections.Keys)
        {
            connection.Reset();
        }
    }

    /// <summary>Ends its half of all connections and sends no more.</summary>
    public void HalfClose()
    {
        foreach (var connection in connections.Keys)
        {
            connection.HalfClose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        listener.Stop();
        Reset();
        await accepting;
        await Task.WhenAll(connections.Values);
        stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync(stopped.Token);
                Accepted++;
                socket.NoDelay = true;
                var connection = new FakeCameraConnection(this, socket);
                var task = connection.RunAsync();
                connections[connection] = task;
                _ = task.ContinueWith(_ => connections.TryRemove(connection, out var _), TaskScheduler.Default);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }
}
