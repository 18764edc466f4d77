using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Vigil.Server.Devices.Redis;

/// <summary>Redis said no, did not answer in time, or cannot be reached. The message is for people.</summary>
internal sealed class RedisException(string message) : Exception(message);

/// <summary>One connection after its greeting. One writer and one reader at a time; a failure of either means hanging up.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly Stream stream;
    private readonly PipeReader input;
    private readonly PipeWriter output;

    private RedisConnection(Stream stream)
    {
        this.stream = stream;
        input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024));
        output = PipeWriter.Create(stream);
    }

    /// <summary>Connects, proves the certificate, and signs in.</summary>
    public static async Task<RedisConnection> OpenAsync(RedisAddress address, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        RedisConnection? connection = null;
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, cancel);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (address.IsTls)
            {
                var tls = new SslStream(stream, leaveInnerStreamOpen: false);
                stream = tls;
                await tls.AuthenticateAsClientAsync(Tls(address), cancel);
            }

            connection = new RedisConnection(stream);
            await connection.GreetAsync(address, cancel);
            return connection;
        }
        catch
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }

            stream?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes a command; <see cref="FlushAsync"/> sends all that was taken.</summary>
    public void Write(ReadOnlySpan<byte> command)
    {
        command.CopyTo(output.GetSpan(command.Length));
        output.Advance(command.Length);
    }

    public async Task FlushAsync(CancellationToken cancel) => await output.FlushAsync(cancel);

    /// <summary>The next value.</summary>
    public async ValueTask<RespValue> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancel);
            var buffer = read.Buffer;
            var found = RespReader.TryRead(ref buffer, out var value);
            if (found == RespRead.Complete)
            {
                input.AdvanceTo(buffer.Start);
                return value!;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (found == RespRead.Malformed)
            {
                throw new RedisException("what answers there is not Redis, or says too much at once");
            }

            if (read.IsCompleted)
            {
                throw new RedisException("it hung up");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        // Their buffers go back; the stream is closed already.
        await input.CompleteAsync();
        await output.CompleteAsync(new RedisException("closed"));
    }

    private async Task GreetAsync(RedisAddress address, CancellationToken cancel)
    {
        RespWord[] hello = address.Password is { } password ? ["HELLO", "3", "AUTH", address.User ?? "default", password] : ["HELLO", "3"];
        var answer = await AskAsync(hello, cancel);
        if (answer.Kind == RespKind.Error
            && (answer.Text.StartsWith("ERR unknown command", StringComparison.Ordinal) || answer.Text.StartsWith("NOPROTO", StringComparison.Ordinal)))
        {
            // Before version 6: the older form of the protocol, without users.
            answer = await AskAsync(address.Password is { } secret ? ["AUTH", secret] : ["PING"], cancel);
        }

        Expect(answer);
        if (address.Database > 0)
        {
            Expect(await AskAsync(["SELECT", address.Database], cancel));
        }

        Expect(await AskAsync(["PING"], cancel)); // After a restart it answers only when it has read its file.
    }

    private async Task<RespValue> AskAsync(RespWord[] command, CancellationToken cancel)
    {
        Write(RespWriter.Command(command));
        await FlushAsync(cancel);
        return await ReadAsync(cancel);
    }

    private static void Expect(RespValue answer)
    {
        if (answer.Kind == RespKind.Error)
        {
            throw new RedisException(answer.Text);
        }
    }

    private static SslClientAuthenticationOptions Tls(RedisAddress address)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = address.Host };
        if (address.Authority is { } file)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(file);
            options.CertificateChainPolicy = policy;
        }

        return options;
    }
}
