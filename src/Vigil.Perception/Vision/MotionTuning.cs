namespace Vigil.Perception.Vision;

/// <summary>What counts as motion. Immutable; a detector takes a new one at any time.</summary>
public sealed class MotionTuning
{
    public const int LeastSensitive = 1;
    public const int MostSensitive = 10;

    /// <param name="sensitivity">1 (only big, clear motion) to 10 (anything that is more than noise).</param>
    /// <param name="ignored">For each pixel of the <see cref="MotionGrid"/>; null: all are looked at.</param>
    public MotionTuning(int sensitivity, bool[]? ignored = null)
    {
        var part = (Math.Clamp(sensitivity, LeastSensitive, MostSensitive) - 1) / 9f;
        Ignored = ignored ?? new bool[MotionGrid.Pixels];
        NoiseFactor = 5 - (2.5f * part);
        Floor = 22 - (15 * part);
        LeastCells = (int)MathF.Round(16 * MathF.Pow(1 / 8f, part));
        Watched = MotionGrid.Pixels - Ignored.Count(i => i);
    }

    /// <summary>How many times its usual noise a pixel has to change.</summary>
    internal float NoiseFactor { get; }

    /// <summary>And at least by so much, of 255.</summary>
    internal float Floor { get; }

    /// <summary>The smallest thing that counts, in connected cells of 576.</summary>
    internal int LeastCells { get; }

    internal bool[] Ignored { get; }

    /// <summary>Pixels that are looked at.</summary>
    internal int Watched { get; }
}

/// <summary>What was seen in one picture.</summary>
public sealed record MotionSight
{
    /// <summary>On the media timeline.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>Something that counts moves.</summary>
    public bool Moving => Box is not null;

    /// <summary>Around everything that moves.</summary>
    public PictureBox? Box { get; init; }

    /// <summary>The part of the picture that moves, 0..1.</summary>
    public float Share { get; init; }

    /// <summary>The whole picture changed at once (a lamp, the camera's night filter): learnt anew, and not taken for motion.</summary>
    public bool LightChanged { get; init; }

    /// <summary>The picture as a whole is shifted against the one that was learnt.</summary>
    public bool Shaken { get; init; }

    /// <summary>Per cell of the <see cref="MotionGrid"/>, row by row: true where something differs, whether it counts or not.</summary>
    public required bool[] Cells { get; init; }
}
