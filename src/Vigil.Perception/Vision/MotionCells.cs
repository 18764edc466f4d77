namespace Vigil.Perception.Vision;

/// <summary>Pixels that differ, gathered into cells, and cells into things. Pure.</summary>
internal static class MotionCells
{
    /// <summary>Of a cell's pixels; noise alone never gets there.</summary>
    private const float DifferentPart = 0.4f;

    /// <summary>Fewer pixels than this outside a mask say nothing.</summary>
    private const int LeastPixels = 8;

    /// <summary>How alike the structure of two windows is, when only their light differs (1: the same).</summary>
    private const float SameStructure = 0.93f;

    /// <summary>Which cells hold enough pixels of <paramref name="different"/>, of those not <paramref name="ignored"/>.</summary>
    public static bool[] Gather(bool[] different, bool[]? ignored, float part = DifferentPart)
    {
        Span<int> watched = stackalloc int[MotionGrid.Cells];
        Span<int> hit = stackalloc int[MotionGrid.Cells];
        watched.Clear();
        hit.Clear();
        for (var i = 0; i < MotionGrid.Pixels; i++)
        {
            if (ignored is null || !ignored[i])
            {
                var cell = MotionGrid.CellOf(i % MotionGrid.Width, i / MotionGrid.Width);
                watched[cell]++;
                hit[cell] += different[i] ? 1 : 0;
            }
        }

        var cells = new bool[MotionGrid.Cells];
        for (var cell = 0; cell < cells.Length; cell++)
        {
            cells[cell] = watched[cell] >= LeastPixels && hit[cell] >= part * watched[cell];
        }

        return cells;
    }

    /// <summary>Takes out the cells whose surroundings show the same structure in another light.</summary>
    public static void DropLight(bool[] cells, float[] expected, ReadOnlySpan<byte> seen, float noise)
    {
        for (var cell = 0; cell < cells.Length; cell++)
        {
            if (cells[cell] && Likeness(cell, expected, seen, Math.Max(16, 4 * noise * noise)) >= SameStructure)
            {
                cells[cell] = false;
            }
        }
    }

    /// <summary>Connected cells (by edge or corner) of at least <paramref name="least"/>, one of which is <paramref name="fresh"/>: their cells and box.</summary>
    public static (int Cells, PictureBox? Box) Things(bool[] cells, bool[] fresh, int least)
    {
        Span<bool> seen = stackalloc bool[MotionGrid.Cells];
        Span<int> stack = stackalloc int[MotionGrid.Cells];
        seen.Clear();
        var (total, box) = (0, (PictureBox?)null);
        for (var start = 0; start < cells.Length; start++)
        {
            if (!cells[start] || seen[start])
            {
                continue;
            }

            var (depth, size, moves) = (0, 0, false);
            var (left, top, right, bottom) = (MotionGrid.Columns, MotionGrid.Rows, -1, -1);
            stack[depth++] = start;
            seen[start] = true;
            while (depth > 0)
            {
                var cell = stack[--depth];
                var (column, row) = (cell % MotionGrid.Columns, cell / MotionGrid.Columns);
                size++;
                moves |= fresh[cell];
                (left, top, right, bottom) = (Math.Min(left, column), Math.Min(top, row), Math.Max(right, column), Math.Max(bottom, row));
                for (var y = Math.Max(0, row - 1); y <= Math.Min(MotionGrid.Rows - 1, row + 1); y++)
                {
                    for (var x = Math.Max(0, column - 1); x <= Math.Min(MotionGrid.Columns - 1, column + 1); x++)
                    {
                        var next = (y * MotionGrid.Columns) + x;
                        if (cells[next] && !seen[next])
                        {
                            seen[next] = true;
                            stack[depth++] = next;
                        }
                    }
                }
            }

            if (moves && size >= least)
            {
                var around = new PictureBox(
                    left / (float)MotionGrid.Columns, top / (float)MotionGrid.Rows,
                    (right - left + 1) / (float)MotionGrid.Columns, (bottom - top + 1) / (float)MotionGrid.Rows);
                (total, box) = (total + size, box?.Union(around) ?? around);
            }
        }

        return (total, box);
    }

    /// <summary>Correlation of the three by three cells around one; 0 where the learnt picture has no structure.</summary>
    private static float Likeness(int cell, float[] expected, ReadOnlySpan<byte> seen, float leastVariance)
    {
        var (column, row) = (cell % MotionGrid.Columns, cell / MotionGrid.Columns);
        var (left, right) = (Math.Max(0, column - 1) * MotionGrid.CellSize, Math.Min(MotionGrid.Columns, column + 2) * MotionGrid.CellSize);
        var (top, bottom) = (Math.Max(0, row - 1) * MotionGrid.CellSize, Math.Min(MotionGrid.Rows, row + 2) * MotionGrid.CellSize);
        double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                var i = (y * MotionGrid.Width) + x;
                double was = expected[i], now = seen[i];
                a += was;
                b += now;
                aa += was * was;
                bb += now * now;
                ab += was * now;
            }
        }

        var n = (right - left) * (bottom - top);
        var (varianceWas, varianceNow, common) = ((aa / n) - (a / n * (a / n)), (bb / n) - (b / n * (b / n)), (ab / n) - (a / n * (b / n)));
        return varianceWas < leastVariance || varianceNow < 1 ? 0 : (float)(common / Math.Sqrt(varianceWas * varianceNow));
    }
}
