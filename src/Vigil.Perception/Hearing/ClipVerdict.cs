namespace Vigil.Perception.Hearing;

/// <summary>What a whole clip comes to.</summary>
public static class ClipVerdict
{
    /// <summary>
    /// Half the surest pair of neighbouring windows, half the mean of the four surest: one burst is not a cry, and a clip need not be full of it.
    /// </summary>
    public static float Score(ReadOnlySpan<float> windows)
    {
        Span<float> surest = stackalloc float[4];
        surest.Clear();
        foreach (var window in windows)
        {
            if (window > surest[0])
            {
                surest[0] = window;
                surest.Sort();
            }
        }

        var sum = surest[0] + surest[1] + surest[2] + surest[3];
        return (SurestPair(windows) + (sum / Math.Clamp(windows.Length, 1, surest.Length))) / 2;
    }

    /// <summary>The greatest mean of two neighbouring windows; one window speaks for itself.</summary>
    public static float SurestPair(ReadOnlySpan<float> windows)
    {
        var pair = windows.Length == 1 ? windows[0] : 0;
        for (var i = 1; i < windows.Length; i++)
        {
            pair = Math.Max(pair, (windows[i - 1] + windows[i]) / 2);
        }

        return pair;
    }

    /// <summary>The stretches in which neighbouring windows reach <paramref name="threshold"/> together; those that touch are one.</summary>
    public static List<CrySegment> Segments(ReadOnlySpan<float> windows, float threshold)
    {
        var segments = new List<CrySegment>();
        var hop = CryWindow.Hop.TotalSeconds;
        var length = CryWindow.Length.TotalSeconds;
        for (var i = 0; i < Math.Max(1, windows.Length - 1); i++)
        {
            var last = Math.Min(i + 1, windows.Length - 1);
            var score = (windows[i] + windows[last]) / 2;
            if (score < threshold)
            {
                continue;
            }

            var (start, end) = (i * hop, (last * hop) + length);
            if (segments.Count > 0 && segments[^1] is var before && start <= before.End)
            {
                segments[^1] = new CrySegment(before.Start, end, Math.Max(before.Score, score));
            }
            else
            {
                segments.Add(new CrySegment(start, end, score));
            }
        }

        return segments;
    }
}

/// <summary>A stretch of crying in a clip; start and end in seconds.</summary>
public readonly record struct CrySegment(double Start, double End, float Score);
