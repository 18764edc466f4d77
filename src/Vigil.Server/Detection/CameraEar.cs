using Vigil.Media;
using Vigil.Media.Decoding;
using Vigil.Perception.Hearing;
using Vigil.Server.Cameras;
using Vigil.Server.Devices;
using Vigil.Server.Events;

namespace Vigil.Server.Detection;

/// <summary>Listens to one camera: measures each block and asks the policies; what they decide is told and observed here.</summary>
internal sealed class CameraEar(int cameraId, CameraFeed feed, EarSurroundings around)
{
    /// <summary>A page's meter moves four times a second.</summary>
    private static readonly TimeSpan MeterLength = TimeSpan.FromMilliseconds(250);

    /// <summary>A growing noise is observed again this often.</summary>
    private static readonly TimeSpan GrowEvery = TimeSpan.FromSeconds(1);

    /// <summary>Blocks come every 43 ms; after two seconds without one the noise is over, because nobody hears it any more.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan BlockLength = TimeSpan.FromTicks(SoundBlock.Length * TimeSpan.TicksPerSecond / SoundBlock.SampleRate);

    private readonly SoundAlarm alarm = new();
    private readonly OwnSound ownSound = new();
    private readonly CryEar cry = around.Cries.Open(cameraId);
    private readonly BroadcastWindow broadcast = new();
    private readonly MeterWindow meter = new(MeterLength);
    private readonly LevelHistory history = new();
    private readonly DeafRule deaf = new();
    private DateTimeOffset observedTo;
    private Camera? camera;

    public async Task RunAsync(CancellationToken cancel)
    {
        await using var tap = new SoundTap(cameraId, feed.Main, around.Tap, around.Time, around.Logs);
        using var blocks = tap.Subscribe("alarm");
        try
        {
            while (await WaitForBlockAsync(blocks, cancel))
            {
                while (blocks.Blocks.TryRead(out var block))
                {
                    Hear(block);
                }

                Watch(heard: true);
            }
        }
        finally
        {
            var now = around.Time.GetUtcNow();
            BreakOff(now);
            around.Cries.Close(cameraId, cry);
            Tell(deaf.Step(now, heard: false, expected: false), now, heard: false, null); // Nobody else would close the event.
        }
    }

    /// <summary>False at the end. While none comes, the noise is over and the deafness counted.</summary>
    private async Task<bool> WaitForBlockAsync(SoundSubscription blocks, CancellationToken cancel)
    {
        var waiting = blocks.Blocks.WaitToReadAsync(cancel);
        if (waiting.IsCompletedSuccessfully)
        {
            return await waiting;
        }

        var task = waiting.AsTask();
        while (true)
        {
            try
            {
                return await task.WaitAsync(Silent, around.Time, cancel);
            }
            catch (TimeoutException)
            {
                BreakOff(around.Time.GetUtcNow());
                Watch(heard: false);
            }
        }
    }

    private void Hear(SoundBlock block)
    {
        if (Known() is not { } camera)
        {
            return;
        }

        var level = Vigil.Perception.Hearing.SoundLevel.Measure(block.Samples.Span);
        var settings = SettingsOf(camera);
        var heard = new HeardBlock(block.Pts, BlockLength, block.At, level.Peak);
        var judged = ownSound.Judge(heard, settings, around.Playback.Of(cameraId));
        Decide(camera, settings, alarm.Hear(heard, judged));
        cry.Hear(block, camera, new RoomMoment(Talking: judged.Red == int.MaxValue, ownSound.Playing, Louder: level.Peak >= judged.Red));
        if (broadcast.Hear(heard, settings) is { } report)
        {
            around.Levels.Send(new DeviceLevel(cameraId, report));
        }

        if (meter.Hear(heard, settings) is { } moved)
        {
            around.Pages.Level(camera, moved.Peak, LevelOf(moved.Level), moved.At);
        }

        if (history.Push(block.At, level, out var point))
        {
            around.History.Add(camera, point);
        }
    }

    private void BreakOff(DateTimeOffset now)
    {
        if (Known() is { } camera)
        {
            Decide(camera, SettingsOf(camera), alarm.BreakOff());
            cry.BreakOff(camera);
        }

        foreach (var report in broadcast.BreakOff(now))
        {
            around.Levels.Send(new DeviceLevel(cameraId, report));
        }
    }

    private void Decide(Camera camera, SoundSettings settings, AlarmStep step)
    {
        var noise = alarm.Noise;
        if (step == AlarmStep.None || (step == AlarmStep.Grew && noise.To - observedTo < GrowEvery))
        {
            return;
        }

        observedTo = noise.To;
        around.Log.Observe(new Observation
        {
            HouseholdId = camera.HouseholdId,
            CameraId = camera.Id,
            Kind = EventKind.Sound,
            From = noise.From,
            To = noise.To,
            GoesOn = step != AlarmStep.Ended,
            Peak = noise.Peak,
            Level = LevelOf(settings.LevelOf(noise.Peak)),
            PreRoll = camera.RecordOnAlert ? TimeSpan.FromSeconds(camera.PreRollSeconds) : null,
            PostRoll = TimeSpan.FromSeconds(camera.PostRollSeconds),
        });
    }

    /// <summary>A camera that sends sound which nobody can hear is trouble, and says so.</summary>
    private void Watch(bool heard)
    {
        var now = around.Time.GetUtcNow();

        // A room whose phone lost its ear sends silence, or no sound at all: nobody would ever hear a cry.
        var microphone = around.Rooms.MicrophoneOf(cameraId);
        heard &= microphone is not (Microphone.Muted or Microphone.Lost);

        // The moments of a new connection are part of the silence, not its end.
        var expected = feed.Status is { State: not FeedState.Offline } status && (status.Audio is not null || microphone == Microphone.Lost);
        Tell(deaf.Step(now, heard, expected), now, heard, microphone);
    }

    private void Tell(Deafness? step, DateTimeOffset now, bool heard, Microphone? microphone)
    {
        if (step is { } trouble && Known() is { } camera)
        {
            around.Log.Observe(new Observation
            {
                HouseholdId = camera.HouseholdId,
                CameraId = camera.Id,
                Kind = EventKind.NotListening,
                From = trouble.Since,
                To = now,
                GoesOn = trouble.GoesOn,
                Detail = !trouble.GoesOn ? heard ? "Vigil hears the camera again." : null : microphone switch
                {
                    Microphone.Muted => "The microphone of the room’s phone is muted, perhaps by a call: a cry would not be heard.",
                    Microphone.Lost => "The room’s phone has lost its microphone: a cry would not be heard.",
                    _ => "Vigil hears no sound from the camera: sound alarms are not working.",
                },
            });
        }
    }

    /// <summary>As it is now; after its removal as it was, because what it began must still end.</summary>
    private Camera? Known() => camera = around.Directory.Find(cameraId) ?? camera;

    private static EventLevel? LevelOf(AlertLevel level) => level switch
    {
        AlertLevel.Red => EventLevel.Red,
        AlertLevel.Yellow => EventLevel.Yellow,
        _ => null,
    };

    private static SoundSettings SettingsOf(Camera camera) => new()
    {
        Yellow = camera.YellowThreshold,
        Red = camera.RedThreshold,
        Broadcast = TimeSpan.FromSeconds(camera.BroadcastSeconds),
        MinClip = TimeSpan.FromSeconds(camera.MinClipSeconds),
        MaxClip = TimeSpan.FromSeconds(camera.MaxClipSeconds),
        Quiet = TimeSpan.FromSeconds(camera.QuietSeconds),
    };
}

/// <summary>What every ear needs.</summary>
internal sealed record EarSurroundings(
    CameraDirectory Directory, RoomPlayback Playback, RoomPresence Rooms, EventLog Log, LivePages Pages, LevelTable History, Hosting.Broadcast<DeviceLevel> Levels, CryEars Cries, SoundTapOptions Tap,
    TimeProvider Time, ILoggerFactory Logs);

/// <summary>A level of one camera, as the monitor contract tells it.</summary>
public readonly record struct DeviceLevel(int CameraId, LevelReport Report);
