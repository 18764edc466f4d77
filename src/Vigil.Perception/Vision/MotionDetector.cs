namespace Vigil.Perception.Vision;

/// <summary>
/// Finds what moves in one camera's small grey pictures. Learns for each pixel how it usually looks and how noisy it is; what differs clearly, hangs
/// together, and changed within the last second is moving. Not motion: a change of light as a whole, another light on the same things, a
/// shaken camera, what stands still again, and whatever lies in a mask. Not thread-safe; pictures come in the order of time, a quarter of a second to
/// some seconds apart. No clock, no allocation but the answer's.
/// </summary>
public sealed class MotionDetector(MotionTuning tuning)
{
    /// <summary>More than this part of the picture at once is the light, if little moved before.</summary>
    private const float WholePicture = 0.5f;

    /// <summary>Above this the light may have changed in a part of the room.</summary>
    private const float LargePart = 0.12f;

    /// <summary>Above this the camera may shake: only edges differ then.</summary>
    private const float SmallPart = 0.02f;

    /// <summary>When the brightness of the whole picture moves by so much between two pictures, a lamp or the camera did it.</summary>
    private const float Jump = 12;

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1.5);

    /// <summary>Somebody right before the camera also fills the picture: then it is motion after this.</summary>
    private static readonly TimeSpan LongestSettle = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan LightAgain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>A picture that stays shifted is a camera that was moved.</summary>
    private static readonly TimeSpan LongestShake = TimeSpan.FromSeconds(5);

    /// <summary>For so long after a shake only things three times as big count: between two pixels an edge cannot be told from a thing.</summary>
    private static readonly TimeSpan AfterShake = TimeSpan.FromSeconds(2);

    private readonly float[] learnt = new float[MotionGrid.Pixels];
    private readonly float[] noise = new float[MotionGrid.Pixels];
    private readonly float[] still = new float[MotionGrid.Pixels];
    private readonly float[] expected = new float[MotionGrid.Pixels];
    private readonly float[] difference = new float[MotionGrid.Pixels];
    private readonly byte[] previous = new byte[MotionGrid.Pixels];
    private readonly bool[] different = new bool[MotionGrid.Pixels];
    private readonly bool[] changed = new bool[MotionGrid.Pixels];
    private readonly TimeSpan[] freshAt = new TimeSpan[MotionGrid.Cells];
    private readonly bool[] fresh = new bool[MotionGrid.Cells];
    private TimeSpan lastAt;
    private TimeSpan? lightAt;
    private TimeSpan settledAt;
    private TimeSpan? shakenSince;
    private TimeSpan? shakenAt;
    private float lastShare;
    private PictureLight lastLight = PictureLight.Same;
    private bool began;

    /// <summary>May be changed between pictures.</summary>
    public MotionTuning Tuning { get; set; } = tuning;

    /// <param name="picture"><see cref="MotionGrid.Pixels"/> grey values, row by row.</param>
    /// <param name="at">On a timeline that never steps back.</param>
    public MotionSight See(ReadOnlySpan<byte> picture, TimeSpan at)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(picture.Length, MotionGrid.Pixels);
        if (!began)
        {
            began = true;
            Array.Fill(noise, 2);
            Learn(picture);
            (lastAt, settledAt) = (at, at + Settle);
            return Nothing(at);
        }

        var seconds = (float)Math.Clamp((at - lastAt).TotalSeconds, 0.01, 10);
        lastAt = at;
        var light = PictureLight.Fit(learnt, picture);
        for (var i = 0; i < learnt.Length; i++)
        {
            expected[i] = light.Apply(learnt[i]);
        }

        var usual = Compare(picture, PictureShift.None);
        var whole = MotionCells.Gather(different, null);
        var share = Share(whole);
        var shift = PictureShift.None;
        if (share > SmallPart && (shift = PictureShift.Find(expected, picture, 2.5f * usual)) is { IsNone: false })
        {
            usual = Compare(picture, shift);
            Shift(shift);
            share = Share(whole = MotionCells.Gather(different, null));
        }

        var jumped = Math.Abs(light.MeanOf(learnt) - lastLight.MeanOf(learnt)) > Jump;
        lastLight = light;
        if (IsLight(share, jumped, at))
        {
            Learn(picture);
            return Nothing(at) with { LightChanged = true };
        }

        lastShare = share;
        NoteChanges(picture, usual, at);
        var cells = MotionCells.Gather(different, Tuning.Ignored);
        if (share > LargePart || light != PictureLight.Same || !shift.IsNone)
        {
            MotionCells.DropLight(cells, expected, picture, usual);
        }

        shakenAt = shift.IsNone ? shakenAt : at;
        var least = Tuning.LeastCells * (at - shakenAt <= AfterShake ? 3 : 1);
        var (size, box) = at < settledAt ? (0, null) : MotionCells.Things(cells, fresh, least);
        Adapt(picture, seconds, at, shift);
        return new MotionSight
        {
            At = at,
            Box = box,
            Share = Math.Min(1, size * MotionGrid.CellSize * MotionGrid.CellSize / (float)Math.Max(1, Tuning.Watched)),
            Shaken = !shift.IsNone,
            Cells = cells,
        };
    }

    private static MotionSight Nothing(TimeSpan at) => new() { At = at, Cells = new bool[MotionGrid.Cells] };

    private static float Share(bool[] cells) => cells.Count(c => c) / (float)MotionGrid.Cells;

    /// <summary>The picture is as it should be from now on.</summary>
    private void Learn(ReadOnlySpan<byte> picture)
    {
        for (var i = 0; i < picture.Length; i++)
        {
            learnt[i] = picture[i];
        }

        picture.CopyTo(previous);
        Array.Clear(still);
        Array.Fill(freshAt, TimeSpan.MinValue);
        (shakenSince, lastShare, lastLight) = (null, 0, PictureLight.Same);
    }

    /// <summary>Fills <see cref="different"/>; returns how noisy the picture is as a whole, so that a night's gain is noticed at once.</summary>
    private float Compare(ReadOnlySpan<byte> picture, PictureShift shift)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        for (var y = 0; y < MotionGrid.Height; y++)
        {
            var fromY = y + shift.Y;
            for (var x = 0; x < MotionGrid.Width; x++)
            {
                var (i, fromX) = ((y * MotionGrid.Width) + x, x + shift.X);
                var known = fromY is >= 0 and < MotionGrid.Height && fromX is >= 0 and < MotionGrid.Width;
                difference[i] = known ? Math.Abs(picture[i] - expected[(fromY * MotionGrid.Width) + fromX]) : 0;
                counts[(int)difference[i]]++;
            }
        }

        var (left, usual) = (MotionGrid.Pixels / 2, 0);
        while ((left -= counts[usual]) >= 0)
        {
            usual++;
        }

        for (var i = 0; i < different.Length; i++)
        {
            different[i] = difference[i] > Threshold(i, usual);
        }

        return usual;
    }

    /// <summary>The learnt picture as the shaken camera would show it.</summary>
    private void Shift(PictureShift shift)
    {
        var from = expected.ToArray();
        for (var y = 0; y < MotionGrid.Height; y++)
        {
            var fromY = Math.Clamp(y + shift.Y, 0, MotionGrid.Height - 1);
            for (var x = 0; x < MotionGrid.Width; x++)
            {
                expected[(y * MotionGrid.Width) + x] = from[(fromY * MotionGrid.Width) + Math.Clamp(x + shift.X, 0, MotionGrid.Width - 1)];
            }
        }
    }

    // The median of a difference is 0.84 of its mean when it is noise.
    private float Threshold(int pixel, float usual) => Math.Max(Tuning.Floor, Tuning.NoiseFactor * Math.Max(noise[pixel], 1.2f * usual));

    private bool IsLight(float share, bool jumped, TimeSpan at)
    {
        if (lightAt is { } began && at < settledAt && at - began < LongestSettle)
        {
            if (jumped || share > LargePart)
            {
                settledAt = at + Settle;
                return true;
            }

            return false;
        }

        if ((!jumped && (share < WholePicture || lastShare > WholePicture / 2)) || at - lightAt < LightAgain)
        {
            return false;
        }

        lightAt = at;
        settledAt = at + Settle;
        return true;
    }

    /// <summary>What changed since the picture before: a thing that came to rest does not, nor does the hole that one left.</summary>
    private void NoteChanges(ReadOnlySpan<byte> picture, float usual, TimeSpan at)
    {
        for (var i = 0; i < changed.Length; i++)
        {
            changed[i] = Math.Abs(picture[i] - previous[i]) > Math.Max(Tuning.Floor * 0.7f, 1.4f * Tuning.NoiseFactor * Math.Max(noise[i], 1.2f * usual));
        }

        picture.CopyTo(previous);
        var cells = MotionCells.Gather(changed, Tuning.Ignored, 0.2f);
        for (var cell = 0; cell < cells.Length; cell++)
        {
            freshAt[cell] = cells[cell] ? at : freshAt[cell];
            fresh[cell] = freshAt[cell] != TimeSpan.MinValue && at - freshAt[cell] <= Fresh;
        }
    }

    private void Adapt(ReadOnlySpan<byte> picture, float seconds, TimeSpan at, PictureShift shift)
    {
        if (!shift.IsNone)
        {
            shakenSince ??= at;
            if (at - shakenSince >= LongestShake)
            {
                Learn(picture);
            }

            return;
        }

        shakenSince = null;
        var (quiet, slow, rested) = (Part(20), Part(90), Part(2));
        var (noiseQuiet, noiseSlow) = (Part(15), Part(120));
        for (var i = 0; i < learnt.Length; i++)
        {
            still[i] = different[i] && !changed[i] ? still[i] + seconds : 0;
            learnt[i] += (!different[i] ? quiet : still[i] > 8 ? rested : slow) * (picture[i] - learnt[i]);
            noise[i] += different[i] ? noiseSlow * (Math.Min(difference[i], 10) - noise[i]) : noiseQuiet * (difference[i] - noise[i]);
        }

        float Part(float over) => 1 - MathF.Exp(-seconds / over);
    }
}
