using Vigil.Server.Cameras;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Watchdog;

/// <summary>Looks at the pulses of all loops; one that has stopped becomes an event in every household with cameras.</summary>
public sealed partial class PulseWatch(Pulses pulses, EventLog log, CameraDirectory directory, TimeProvider time, ILogger<PulseWatch> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, DateTimeOffset> silent = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look(time.GetUtcNow());
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    internal void Look(DateTimeOffset now)
    {
        var stopped = pulses.Silent().Select(p => p.Name).ToHashSet();
        foreach (var name in stopped.Where(n => !silent.ContainsKey(n)).ToList())
        {
            // One event for all that is silent at a time: what is told later belongs to it and does not leave it open behind.
            silent[name] = now;
            LogSilent(logger, name);
            Tell($"A part of Vigil has stopped working: {name}.", silent.Values.Min(), now, goesOn: true);
        }

        foreach (var name in silent.Keys.Where(n => !stopped.Contains(n)).ToList())
        {
            var begun = silent.Values.Min();
            silent.Remove(name);
            Tell($"A part of Vigil that had stopped works again: {name}.", begun, now, goesOn: silent.Count > 0);
        }
    }

    private void Tell(string detail, DateTimeOffset from, DateTimeOffset to, bool goesOn)
    {
        foreach (var household in directory.All.Select(c => c.HouseholdId).Distinct())
        {
            log.Observe(new Observation
            {
                HouseholdId = household,
                Kind = EventKind.ServerTrouble,
                From = from,
                To = to,
                GoesOn = goesOn,
                Detail = detail,
            });
        }
    }

    [LoggerMessage(EventId = 1410, Level = LogLevel.Error, Message = "The loop '{Loop}' has stopped.")]
    private static partial void LogSilent(ILogger logger, string loop);
}
