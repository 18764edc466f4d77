namespace Vigil.Perception.Hearing;

/// <summary>
/// How loud the room is when nothing happens in it (a fan, a white-noise machine): learnt all the time, down within seconds, up within a
/// minute, and never from sound that may be crying. A cry has to stand out of it. Pure: counts half seconds.
/// </summary>
public sealed class RoomNoise
{
    /// <summary>The louder frames of a fan are two above its quieter ones; a cry as loud as the fan lifts them by three more.</summary>
    public const float Margin = 3;

    /// <summary>Half a second of fan or white noise varies by less than this between its quiet and its loud frames; a voice by more.</summary>
    private const float Steady = 4;

    private const float Up = 0.15f;
    private const float Down = 0.3f;

    /// <summary>In dB below full scale; null until two seconds were heard.</summary>
    public float? Floor { get; private set; }

    /// <summary>Whether the half second stands out of the room, and what it teaches about the room.</summary>
    public bool StandsOut(in VoiceLevel level, bool mayBeCrying)
    {
        var before = Floor;
        if (before is not { } floor)
        {
            Floor = level.Quiet;
            return true;
        }

        var steady = level.Loud - level.Quiet < Steady;
        if (level.Quiet < floor)
        {
            Floor = floor + ((level.Quiet - floor) * Down);
        }
        else if (steady || !mayBeCrying)
        {
            // Two decibels' worth of unsteady sound a minute, a new fan within ten seconds.
            Floor = MathF.Min(level.Quiet, floor + (steady ? Up * MathF.Max(1, level.Quiet - floor) : 0.02f));
        }

        return level.Loud >= floor + Margin;
    }
}
