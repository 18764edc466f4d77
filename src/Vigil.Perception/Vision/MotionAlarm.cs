namespace Vigil.Perception.Vision;

/// <summary>What a sight means.</summary>
public enum MotionStep
{
    None,
    Began,
    Grew,
    Ended,
}

/// <summary>
/// When motion begins and ends: it has to last for a while, with pauses of a moment, and is over three seconds after its last movement. Pure: times are
/// those of the pictures.
/// </summary>
public sealed class MotionAlarm
{
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    /// <summary>Endless motion becomes events that can be played.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1.2);

    private TimeSpan? from;
    private TimeSpan lastSight;
    private bool going;

    public bool IsGoing => going;

    /// <summary>The first movement.</summary>
    public TimeSpan From => from ?? default;

    /// <summary>The last movement.</summary>
    public TimeSpan To { get; private set; }

    /// <summary>Around all of it.</summary>
    public PictureBox Box { get; private set; }

    public MotionStep See(MotionSight sight, TimeSpan minimum)
    {
        var step = sight.At - lastSight;
        lastSight = sight.At;
        if (sight.Box is not { } box)
        {
            // Pictures may be seconds apart: one without motion between two with it is a pause.
            if (from is null || sight.At - To <= (going ? Quiet : Pause > step ? Pause : step))
            {
                return MotionStep.None;
            }

            return Break();
        }

        if (from is null)
        {
            (from, Box) = (sight.At, box);
        }

        (To, Box) = (sight.At, Box.Union(box));
        if (!going)
        {
            going = To - From >= minimum;
            return going ? MotionStep.Began : MotionStep.None;
        }

        return To - From >= Longest ? Break() : MotionStep.Grew;
    }

    /// <summary>No more pictures come. <see cref="MotionStep.Ended"/> when there was something to end.</summary>
    public MotionStep Break()
    {
        var ended = going;
        going = false;
        Ended = ended ? (From, To) : Ended;
        from = null;
        return ended ? MotionStep.Ended : MotionStep.None;
    }

    /// <summary>The range of the motion that ended last.</summary>
    public (TimeSpan From, TimeSpan To) Ended { get; private set; }
}
