namespace Vigil.Perception.Vision;

/// <summary>
/// How big the pictures are in which motion is looked for, and the cells they are judged by: 160 by 90 grey pixels, whatever the shape of the camera's
/// own picture, in 32 by 18 cells of five pixels. Small enough that a picture costs a tenth of a millisecond, big enough for a cat.
/// </summary>
public static class MotionGrid
{
    public const int Width = 160;
    public const int Height = 90;
    public const int Pixels = Width * Height;
    public const int CellSize = 5;
    public const int Columns = Width / CellSize;
    public const int Rows = Height / CellSize;
    public const int Cells = Columns * Rows;

    internal static int CellOf(int x, int y) => (y / CellSize * Columns) + (x / CellSize);
}

/// <summary>A part of the picture: 0..1 from its left and upper edge.</summary>
public readonly record struct PictureBox(float X, float Y, float Width, float Height)
{
    /// <summary>The smallest box around both.</summary>
    public PictureBox Union(PictureBox other)
    {
        var x = Math.Min(X, other.X);
        var y = Math.Min(Y, other.Y);
        return new PictureBox(x, y, Math.Max(X + Width, other.X + other.Width) - x, Math.Max(Y + Height, other.Y + other.Height) - y);
    }
}

/// <summary>A corner of an area: 0..1 from the picture's left and upper edge.</summary>
public readonly record struct PicturePoint(float X, float Y);

/// <summary>A polygon on the picture. Motion counts only inside zones (everywhere, when there are none) and never inside masks.</summary>
public sealed record PictureArea(bool IsMask, IReadOnlyList<PicturePoint> Points)
{
    /// <summary>Which pixels of the <see cref="MotionGrid"/> are not looked at; those whose middle lies in a mask, or in no zone.</summary>
    public static bool[] Ignored(IReadOnlyCollection<PictureArea> areas)
    {
        var zones = areas.Where(a => !a.IsMask).ToList();
        var masks = areas.Where(a => a.IsMask).ToList();
        var ignored = new bool[MotionGrid.Pixels];
        for (var y = 0; y < MotionGrid.Height; y++)
        {
            for (var x = 0; x < MotionGrid.Width; x++)
            {
                var middle = new PicturePoint((x + 0.5f) / MotionGrid.Width, (y + 0.5f) / MotionGrid.Height);
                ignored[(y * MotionGrid.Width) + x] = (zones.Count > 0 && !zones.Exists(z => z.Contains(middle))) || masks.Exists(m => m.Contains(middle));
            }
        }

        return ignored;
    }

    /// <summary>Even-odd rule: a polygon that crosses itself has holes.</summary>
    public bool Contains(PicturePoint point)
    {
        var inside = false;
        for (int i = 0, j = Points.Count - 1; i < Points.Count; j = i++)
        {
            var (a, b) = (Points[i], Points[j]);
            if (a.Y > point.Y != b.Y > point.Y && point.X < ((b.X - a.X) * (point.Y - a.Y) / (b.Y - a.Y)) + a.X)
            {
                inside = !inside;
            }
        }

        return inside;
    }
}
