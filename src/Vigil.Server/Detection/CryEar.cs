using Vigil.Media.Decoding;
using Vigil.Perception.Hearing;
using Vigil.Server.Cameras;
using Vigil.Server.Events;

namespace Vigil.Server.Detection;

/// <summary>One camera's ear for crying. What it decides is observed; what it heard is kept for the event and for "you missed one".</summary>
internal sealed class CryEar(int cameraId, CryScorer scorer, CryTuning tuning, EventLog log, CryBook book)
{
    /// <summary>A growing event is observed again this often.</summary>
    private static readonly TimeSpan GrowEvery = TimeSpan.FromSeconds(1);

    /// <summary>An event of a whole night is still one that can be played.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    private readonly CryListener listener = new(scorer);
    private readonly CryAlarm alarm = new();
    private readonly RoomPlays plays = new();
    private readonly CryMemory memory = new();
    private readonly Lock gate = new();
    private CryTrace? trace;
    private DateTimeOffset observedTo;

    /// <summary>How loud the room is when nothing happens in it, in dB below full scale.</summary>
    public float? RoomDbfs => alarm.RoomDbfs;

    /// <summary>What sounded most like crying in the last minute; null when nothing was heard.</summary>
    public HeardMoment? Strongest(DateTimeOffset now)
    {
        lock (gate)
        {
            return memory.Strongest(now);
        }
    }

    public void Hear(SoundBlock block, Camera camera, in RoomMoment room)
    {
        if (camera.CrySensitivity == CrySensitivity.Off)
        {
            BreakOff(camera);
            return;
        }

        if (block.AfterGap)
        {
            BreakOff(camera);
        }

        plays.Hear(block.At, room);
        var sound = block.Samples.Span;
        while (listener.TryHear(ref sound, out var window))
        {
            var end = block.At + TimeSpan.FromSeconds((double)(SoundBlock.Length - sound.Length) / SoundBlock.SampleRate);
            Judge(window, end, camera);
        }
    }

    public void BreakOff(Camera camera)
    {
        listener.Break();
        if (alarm.Break())
        {
            End(camera);
        }
    }

    private void Judge(CryWindow window, DateTimeOffset end, Camera camera)
    {
        var threshold = CrySensitivity.Threshold(scorer.Model.AlarmThreshold, camera.CrySensitivity, tuning.ShiftOf(cameraId));
        var step = alarm.Hear(window with { Score = plays.Judge(window.Score, end) }, plays.Threshold(threshold));
        lock (gate)
        {
            memory.Remember(end, alarm.Mean, listener.Frames);
        }

        if (step == CryStep.None)
        {
            return;
        }

        if (step == CryStep.Began)
        {
            trace = new CryTrace(end - (window.End - alarm.From), threshold);
        }

        trace!.Add(window, alarm.Mean, listener.Frames);
        var now = end - (window.End - alarm.To);
        if (step == CryStep.Ended || end - trace.From >= Longest)
        {
            End(camera);
        }
        else if (step == CryStep.Began || end - observedTo >= GrowEvery)
        {
            observedTo = end;
            trace.To = now;
            trace.Event = Observe(camera, trace, goesOn: true).Id;
        }
        else
        {
            trace.To = now;
        }
    }

    /// <summary>Crying is over, or was cut off; should it go on, that joins the same event.</summary>
    private void End(Camera camera)
    {
        if (trace is not { } over)
        {
            return;
        }

        trace = null;
        alarm.Break();
        var e = Observe(camera, over, goesOn: false);
        book.Add(over.Close(e, alarm.RoomDbfs, scorer.Model.Name));
    }

    private CameraEvent Observe(Camera camera, CryTrace heard, bool goesOn) => log.Observe(new Observation
    {
        HouseholdId = camera.HouseholdId,
        CameraId = camera.Id,
        Kind = EventKind.Cry,
        From = heard.From,
        To = heard.To,
        GoesOn = goesOn,
        Level = EventLevel.Red,
        Score = heard.Score,
        PreRoll = camera.RecordOnAlert ? TimeSpan.FromSeconds(camera.PreRollSeconds) : null,
        PostRoll = TimeSpan.FromSeconds(camera.PostRollSeconds),
    });
}

/// <summary>What the room's own device does at the moment of a block, and whether the block is louder than that.</summary>
public readonly record struct RoomMoment(bool Talking, bool Playing, bool Louder);

/// <summary>
/// What Vigil itself plays into the room is nobody crying. While a parent speaks there, and for as long as a window still holds some of it,
/// no window counts; while a lullaby plays, crying has to be surer than usual and louder than the lullaby. Pure: no clock.
/// </summary>
public sealed class RoomPlays
{
    /// <summary>On the logit scale.</summary>
    public const float LullabyShift = 1.5f;

    private DateTimeOffset talkedAt = DateTimeOffset.MinValue;
    private DateTimeOffset louderAt = DateTimeOffset.MinValue;
    private bool playing;

    public void Hear(DateTimeOffset at, in RoomMoment room)
    {
        playing = room.Playing;
        if (room.Talking)
        {
            talkedAt = at;
        }

        if (room.Louder)
        {
            louderAt = at;
        }
    }

    /// <summary>The score of the window that ends at <paramref name="end"/>, or none at all.</summary>
    public float Judge(float score, DateTimeOffset end) =>
        end - CryWindow.Length <= talkedAt || (playing && end - CryWindow.Length > louderAt) ? 0 : score;

    public float Threshold(float threshold) => playing ? CryAlarm.Shift(threshold, LullabyShift) : threshold;
}

/// <summary>How readily crying raises an alarm.</summary>
public static class CrySensitivity
{
    public const string Off = "off";
    public const float LowShift = 1.2f;
    public const float HighShift = -0.8f;

    /// <summary>What parents said moves the threshold by at most this.</summary>
    public const float MostLearnt = 1;

    /// <param name="usual">The model's own threshold.</param>
    /// <param name="sensitivity">What was set for the camera.</param>
    /// <param name="learnt">What was learnt of feedback, on the logit scale.</param>
    public static float Threshold(float usual, string sensitivity, float learnt) => CryAlarm.Shift(
        usual,
        Math.Clamp(learnt, -MostLearnt, MostLearnt) + sensitivity switch { "low" => LowShift, "high" => HighShift, _ => 0 });
}
