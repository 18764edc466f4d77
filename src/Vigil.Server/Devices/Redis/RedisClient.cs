using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Vigil.Server.Devices.Redis;

/// <summary>How it stands with Redis, for people.</summary>
internal sealed record RedisState(bool IsConnected, DateTimeOffset Since, string? Trouble);

/// <summary>
/// Speaks with Redis over two connections: commands, one behind the other without waiting for answers, and what others publish. Both live and end together;
/// then it comes back by itself, later and later. Nothing waits for it: what is said while it is away, or faster than it takes, is not said, and counted.
/// </summary>
internal sealed partial class RedisClient(RedisAddress? address, TimeProvider time, ILogger<RedisClient> log)
{
    private const int MostUnsent = 8192;
    private const int MostUnsentBytes = 16 * 1024 * 1024;
    private const int MostUnanswered = 4096;
    private const int MostAtOnce = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private volatile Line? line;
    private volatile RedisState state = new(false, time.GetUtcNow(), null);
    private long unsaid;

    /// <summary>Whether there is a Redis at all.</summary>
    public bool IsSet => address is not null;

    public RedisState State => state;

    /// <summary>Commands that were not said because Redis was away or too slow.</summary>
    public long Unsaid => Volatile.Read(ref unsaid);

    /// <summary>Says a command whose answer does not matter. False when it cannot be said now. Never waits.</summary>
    public bool Post(params ReadOnlySpan<RespWord> words)
    {
        if (!IsSet)
        {
            return false;
        }

        if (line is { } open && open.TryTake(new Command(RespWriter.Command(words), null, time.GetTimestamp())))
        {
            return true;
        }

        Interlocked.Increment(ref unsaid);
        return false;
    }

    /// <exception cref="RedisException">It is away, did not answer in time, or said no.</exception>
    public async Task<RespValue> AskAsync(RespWord[] words, CancellationToken cancel)
    {
        var reply = new TaskCompletionSource<RespValue>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (line is not { } open || !open.TryTake(new Command(RespWriter.Command(words), reply, time.GetTimestamp())))
        {
            throw new RedisException("it is out of reach");
        }

        var answer = await reply.Task.WaitAsync(cancel);
        return answer.Kind == RespKind.Error ? throw new RedisException(answer.Text) : answer;
    }

    /// <summary>Connects, again and again, until cancelled.</summary>
    /// <param name="channels">What to listen to.</param>
    /// <param name="heard">Channel and message; called one after the other, and must not wait.</param>
    /// <param name="work">Begins anew with each connection, and is cancelled with it.</param>
    /// <param name="cancel">Hang up for good.</param>
    public async Task RunAsync(IReadOnlyList<string> channels, Action<string, byte[]> heard, Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        if (address is null)
        {
            return;
        }

        var pause = FirstPause;
        while (true)
        {
            var began = time.GetTimestamp();
            try
            {
                await LiveAsync(address, channels, heard, work, cancel);
            }
            catch (Exception failure) when (!cancel.IsCancellationRequested && failure
                is RedisException or IOException or SocketException or AuthenticationException or CryptographicException or UnauthorizedAccessException
                or TimeoutException or ObjectDisposedException or OperationCanceledException)
            {
                var why = failure is OperationCanceledException ? "it does not answer" : failure.Message;
                if (time.GetElapsedTime(began) > LongestPause * 2)
                {
                    pause = FirstPause;
                }

                if (state is { IsConnected: true } or { Trouble: null })
                {
                    state = new RedisState(false, time.GetUtcNow(), why);
                    LogAway(address.ToString(), why);
                }
                else
                {
                    state = state with { Trouble = why };
                }
            }

            // Not all servers at the same moment.
            await Task.Delay(pause * (0.8 + (0.4 * Random.Shared.NextDouble())), time, cancel);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task LiveAsync(
        RedisAddress to, IReadOnlyList<string> channels, Action<string, byte[]> heard, Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var connecting = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(connecting.Token, cancel);
        await using var commands = await RedisConnection.OpenAsync(to, either.Token);
        await using var ears = await RedisConnection.OpenAsync(to, either.Token);
        await SubscribeAsync(ears, channels, either.Token);

        var open = new Line();
        line = open;
        state = new RedisState(true, time.GetUtcNow(), null);
        LogConnected(to.ToString());
        var heardAt = new StrongBox<long>(time.GetTimestamp());
        var running = new[]
        {
            SayAsync(open, commands, end.Token),
            HearAnswersAsync(open, commands, end.Token),
            HearOthersAsync(ears, heard, heardAt, end.Token),
            WatchAsync(open, ears, heardAt, end.Token),
            work(end.Token),
        };
        try
        {
            await await Task.WhenAny(running);
        }
        finally
        {
            line = null;
            await end.CancelAsync();
            open.Fail();
            foreach (var one in running)
            {
                await one.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            open.Fail(); // What was taken in between.
        }
    }

    private static async Task SubscribeAsync(RedisConnection ears, IReadOnlyList<string> channels, CancellationToken cancel)
    {
        ears.Write(RespWriter.Command(["SUBSCRIBE", .. channels.Select(channel => (RespWord)channel)]));
        await ears.FlushAsync(cancel);
        foreach (var _ in channels)
        {
            if (await ears.ReadAsync(cancel) is { Kind: RespKind.Error } refused)
            {
                throw new RedisException(refused.Text);
            }
        }
    }

    private static async Task SayAsync(Line open, RedisConnection commands, CancellationToken cancel)
    {
        while (await open.Unsent.WaitToReadAsync(cancel))
        {
            var unflushed = 0;
            while (open.TryNext(out var command))
            {
                if (!open.Unanswered.Writer.TryWrite(command))
                {
                    await commands.FlushAsync(cancel); // Or the answers that are to make room would never come.
                    try
                    {
                        await open.Unanswered.Writer.WriteAsync(command, cancel);
                    }
                    catch (OperationCanceledException)
                    {
                        command.Reply?.TrySetException(new RedisException("it went away before it answered"));
                        throw;
                    }
                }

                commands.Write(command.Bytes);
                unflushed += command.Bytes.Length;
                if (unflushed > MostAtOnce)
                {
                    await commands.FlushAsync(cancel);
                    unflushed = 0;
                }
            }

            await commands.FlushAsync(cancel);
        }
    }

    private async Task HearAnswersAsync(Line open, RedisConnection commands, CancellationToken cancel)
    {
        while (true)
        {
            var answer = await commands.ReadAsync(cancel);
            if (answer.Kind == RespKind.Push)
            {
                continue;
            }

            if (!open.Unanswered.Reader.TryRead(out var command))
            {
                throw new RedisException("it answers what was not asked");
            }

            if (command.Reply is { } reply)
            {
                reply.TrySetResult(answer);
            }
            else if (answer.Kind == RespKind.Error && state.Trouble is null)
            {
                state = state with { Trouble = answer.Text };
                LogRefused(answer.Text);
            }
        }
    }

    private async Task HearOthersAsync(RedisConnection ears, Action<string, byte[]> heard, StrongBox<long> heardAt, CancellationToken cancel)
    {
        while (true)
        {
            var said = await ears.ReadAsync(cancel);
            Volatile.Write(ref heardAt.Value, time.GetTimestamp());
            if (said.Items is [{ Text: "message" }, var channel, var message])
            {
                heard(channel.Text, message.Bytes);
            }
        }
    }

    /// <summary>A connection whose other end has gone without a word looks open for ever.</summary>
    private async Task WatchAsync(Line open, RedisConnection ears, StrongBox<long> heardAt, CancellationToken cancel)
    {
        var asked = false;
        while (true)
        {
            await Task.Delay(Look, time, cancel);
            if (open.Unanswered.Reader.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > Patience)
            {
                throw new RedisException("it does not answer");
            }

            var silence = time.GetElapsedTime(Volatile.Read(ref heardAt.Value));
            if (silence > Patience * 3)
            {
                throw new RedisException("it does not answer");
            }

            if (silence > Patience * 2 && !asked)
            {
                ears.Write(RespWriter.Command("PING"));
                await ears.FlushAsync(cancel).WaitAsync(Patience, time, cancel);
            }

            asked = silence > Patience * 2;
        }
    }

    private sealed record Command(byte[] Bytes, TaskCompletionSource<RespValue>? Reply, long At);

    /// <summary>What waits on one connection.</summary>
    private sealed class Line
    {
        private readonly Channel<Command> unsent = Channel.CreateBounded<Command>(new BoundedChannelOptions(MostUnsent) { SingleReader = true });
        private int unsentBytes;

        public ChannelReader<Command> Unsent => unsent.Reader;

        public Channel<Command> Unanswered { get; } = Channel.CreateBounded<Command>(MostUnanswered);

        public bool TryTake(Command command)
        {
            if (Interlocked.Add(ref unsentBytes, command.Bytes.Length) <= MostUnsentBytes && unsent.Writer.TryWrite(command))
            {
                return true;
            }

            Interlocked.Add(ref unsentBytes, -command.Bytes.Length);
            return false;
        }

        public bool TryNext([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Command? command)
        {
            if (!unsent.Reader.TryRead(out command))
            {
                return false;
            }

            Interlocked.Add(ref unsentBytes, -command.Bytes.Length);
            return true;
        }

        /// <summary>Whoever waits need not.</summary>
        public void Fail()
        {
            unsent.Writer.TryComplete();
            while (Unanswered.Reader.TryRead(out var one) || unsent.Reader.TryRead(out one))
            {
                one.Reply?.TrySetException(new RedisException("it went away before it answered"));
            }
        }
    }

    [LoggerMessage(EventId = 1710, Level = LogLevel.Information, Message = "This server shares its devices and viewers with others through Redis at {Address}.")]
    private partial void LogConnected(string address);

    [LoggerMessage(EventId = 1711, Level = LogLevel.Warning, Message =
        "Redis at {Address} is out of reach ({Why}): devices and viewers of this server still meet, those of other servers do not.")]
    private partial void LogAway(string address, string why);

    [LoggerMessage(EventId = 1712, Level = LogLevel.Warning, Message = "Redis refuses what it is told ({Why}): other servers may not see the devices of this one.")]
    private partial void LogRefused(string why);
}
