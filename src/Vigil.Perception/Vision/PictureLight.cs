namespace Vigil.Perception.Vision;

/// <summary>How a picture's brightness as a whole stands to the learnt one: <c>seen ≈ Gain × learnt + Offset</c>. Pure.</summary>
internal readonly record struct PictureLight(float Gain, float Offset)
{
    public static readonly PictureLight Same = new(1, 0);

    /// <summary>Medians closer than this say nothing about the contrast.</summary>
    private const int LeastSpread = 12;

    public float Apply(float learnt) => Math.Clamp((Gain * learnt) + Offset, 0, 255);

    /// <summary>
    /// From the medians of the darker and of the brighter half, which a thing that moves hardly touches; <see cref="Same"/> when that explains
    /// the picture no better.
    /// </summary>
    public static PictureLight Fit(float[] learnt, ReadOnlySpan<byte> seen)
    {
        Span<int> all = stackalloc int[256];
        all.Clear();
        foreach (var value in learnt)
        {
            all[Level(value)]++;
        }

        var middle = Median(all, learnt.Length);
        Span<int> counts = stackalloc int[4 * 256];
        counts.Clear();
        var dark = 0;
        for (var i = 0; i < learnt.Length; i++)
        {
            var level = Level(learnt[i]);
            var half = level <= middle ? 0 : 2;
            dark += half == 0 ? 1 : 0;
            counts[(half * 256) + level]++;
            counts[((half + 1) * 256) + seen[i]]++;
        }

        var bright = learnt.Length - dark;
        var (darkWas, darkIs) = (Median(counts[..256], dark), Median(counts[256..512], dark));
        var (brightWas, brightIs) = bright == 0 ? (darkWas, darkIs) : (Median(counts[512..768], bright), Median(counts[768..], bright));
        if (Math.Abs(darkIs - darkWas) <= 1 && Math.Abs(brightIs - brightWas) <= 1)
        {
            return Same;
        }

        var gain = brightWas - darkWas >= LeastSpread ? Math.Clamp((brightIs - darkIs) / (float)(brightWas - darkWas), 0.25f, 4) : 1;
        var fitted = new PictureLight(gain, ((darkIs - (gain * darkWas)) + (brightIs - (gain * brightWas))) / 2).Refine(learnt, seen, 16).Refine(learnt, seen, 8);
        return fitted.Error(learnt, seen) < Same.Error(learnt, seen) ? fitted : Same;
    }

    /// <summary>The mean of the picture that it makes of <paramref name="learnt"/>.</summary>
    public float MeanOf(float[] learnt)
    {
        var sum = 0f;
        for (var i = 0; i < learnt.Length; i += 4)
        {
            sum += Apply(learnt[i]);
        }

        return sum * 4 / learnt.Length;
    }

    /// <summary>Least squares over the pixels that it explains to within <paramref name="near"/>; medians are whole numbers.</summary>
    private PictureLight Refine(float[] learnt, ReadOnlySpan<byte> seen, float near)
    {
        double n = 0, x = 0, y = 0, xx = 0, xy = 0;
        for (var i = 0; i < learnt.Length; i += 2)
        {
            if (Math.Abs(seen[i] - Apply(learnt[i])) <= near)
            {
                n++;
                x += learnt[i];
                y += seen[i];
                xx += learnt[i] * learnt[i];
                xy += learnt[i] * seen[i];
            }
        }

        var spread = (n * xx) - (x * x);
        if (n < learnt.Length / 16f || spread < n * n)
        {
            return this; // Too few, or all of one brightness.
        }

        var gain = Math.Clamp(((n * xy) - (x * y)) / spread, 0.1, 5);
        return new PictureLight((float)gain, (float)((y - (gain * x)) / n));
    }

    /// <summary>Over a quarter of the pixels; one that is far off counts no more than one that is off.</summary>
    private float Error(float[] learnt, ReadOnlySpan<byte> seen)
    {
        var sum = 0f;
        for (var i = 0; i < learnt.Length; i += 4)
        {
            sum += Math.Min(30, Math.Abs(seen[i] - Apply(learnt[i])));
        }

        return sum;
    }

    private static int Level(float value) => Math.Clamp((int)(value + 0.5f), 0, 255);

    private static int Median(ReadOnlySpan<int> counts, int total)
    {
        var left = total / 2;
        for (var level = 0; level < counts.Length; level++)
        {
            if ((left -= counts[level]) < 0)
            {
                return level;
            }
        }

        return counts.Length - 1;
    }
}
