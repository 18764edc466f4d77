using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Vigil.Server.Hosting;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// Whether the configured TURN server answers: one binding request (RFC 8489 §5) every half minute, or every five seconds while it does not. A server that
/// does not answer is not offered, because an agent waits about a minute for it and then says nothing.
/// </summary>
internal sealed partial class TurnProbe(IOptions<SignalingOptions> options, Pulses pulses, TimeProvider time, ILogger<TurnProbe> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>It may be starting beside this server.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private const int Tries = 3;

    private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The last answer was no older than half a minute.</summary>
    public bool Answers { get; private set; }

    /// <summary>Completes when it has been asked for the first time.</summary>
    public Task Asked => options.Value.Turn.IsSet ? first.Task : Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Turn is not { IsSet: true } turn)
        {
            return;
        }

        using var pulse = pulses.Register("TURN probe", TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
            {
                var answers = await AskAsync((turn.Host ?? turn.PublicHost)!, turn.Port, stoppingToken);
                if (answers != Answers || !first.Task.IsCompleted)
                {
                    Answers = answers;
                    LogAnswers(answers ? "answers and is offered" : "does not answer and is not offered");
                }

                timer.Period = answers ? Every : Soon;
                first.TrySetResult();
                pulse.Beat();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<bool> AskAsync(string host, int port, CancellationToken cancel)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            try
            {
                using var patience = new CancellationTokenSource(Patience, time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
                var addresses = await Dns.GetHostAddressesAsync(host, both.Token);
                if (addresses.Length > 0 && await AskAsync(new IPEndPoint(addresses[0], port), both.Token))
                {
                    return true;
                }
            }
            catch (Exception silent) when (silent is SocketException || (silent is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                // Not there, or the datagram was lost: again.
            }
        }

        return false;
    }

    private static async Task<bool> AskAsync(IPEndPoint server, CancellationToken cancel)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancel);
        // Binding request, no attributes, magic cookie, transaction.
        byte[] request = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, .. RandomNumberGenerator.GetBytes(12)];
        await socket.SendAsync(request, cancel);
        var answer = new byte[1500];
        while (true)
        {
            var length = await socket.ReceiveAsync(answer, cancel);
            if (length >= 20 && answer is [1, 1, ..] && answer.AsSpan(4, 16).SequenceEqual(request.AsSpan(4)))
            {
                return true;
            }
        }
    }

    [LoggerMessage(EventId = 1701, Level = LogLevel.Information, Message = "The TURN server {Answers}.")]
    private partial void LogAnswers(string answers);
}
