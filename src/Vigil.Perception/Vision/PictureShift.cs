namespace Vigil.Perception.Vision;

/// <summary>Whether the whole picture is shifted by a few pixels: the camera shakes, not what it looks at. Pure.</summary>
internal readonly record struct PictureShift(int X, int Y)
{
    public static readonly PictureShift None;

    /// <summary>2 % of the width: more is a camera that was moved.</summary>
    private const int Most = 3;

    /// <summary>A shift must explain this much of what differs.</summary>
    private const float Explained = 0.6f;

    public bool IsNone => X == 0 && Y == 0;

    /// <summary>The shift of <paramref name="expected"/> that fits <paramref name="seen"/> clearly better than none, whatever differs by <paramref name="noise"/> alone.</summary>
    public static PictureShift Find(float[] expected, ReadOnlySpan<byte> seen, float noise)
    {
        var unshifted = Difference(expected, seen, 0, 0, noise);
        var (best, least) = (None, unshifted * Explained);
        for (var y = -Most; y <= Most; y++)
        {
            for (var x = -Most; x <= Most; x++)
            {
                if ((x, y) != (0, 0) && Difference(expected, seen, x, y, noise) is var difference && difference < least)
                {
                    (best, least) = (new PictureShift(x, y), difference);
                }
            }
        }

        return best;
    }

    private static float Difference(float[] expected, ReadOnlySpan<byte> seen, int dx, int dy, float noise)
    {
        var sum = 0f;
        for (var y = Most; y < MotionGrid.Height - Most; y += 2)
        {
            for (var x = Most; x < MotionGrid.Width - Most; x += 2)
            {
                sum += Math.Clamp(Math.Abs(seen[(y * MotionGrid.Width) + x] - expected[((y + dy) * MotionGrid.Width) + x + dx]) - noise, 0, 30);
            }
        }

        return sum;
    }
}
