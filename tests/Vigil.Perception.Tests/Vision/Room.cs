using Vigil.Perception.Vision;

namespace Vigil.Perception.Tests.Vision;

/// <summary>A drawn room as a camera would send it: furniture with edges, sensor noise, light, and things that move. The same every time.</summary>
internal sealed class Room
{
    private readonly Random random = new(7);
    private readonly float[] walls = new float[(MotionGrid.Width + 20) * (MotionGrid.Height + 20)];

    public Room()
    {
        const int Wide = MotionGrid.Width + 20;
        for (var y = 0; y < MotionGrid.Height + 20; y++)
        {
            for (var x = 0; x < Wide; x++)
            {
                var value = 90 + (y * 0.4f) + (12 * MathF.Sin(x / 6f)) + (8 * MathF.Sin((x + (2 * y)) / 9f));
                value += x is > 30 and < 70 && y is > 50 and < 85 ? 45 : 0; // A cot.
                value -= x is > 110 and < 150 && y is > 20 and < 100 ? 40 : 0; // A wardrobe.
                walls[(y * Wide) + x] = value;
            }
        }
    }

    public float Noise { get; set; } = 2;

    public float Gain { get; set; } = 1;

    public float Offset { get; set; }

    /// <summary>Of the camera, in pixels.</summary>
    public float ShakeX { get; set; }

    /// <summary>Left, top, width, height in pixels and how bright; null: nobody is there.</summary>
    public (float X, float Y, float Width, float Height, float Bright)? Thing { get; set; }

    public byte[] Picture()
    {
        const int Wide = MotionGrid.Width + 20;
        var picture = new byte[MotionGrid.Pixels];
        var (whole, part) = ((int)MathF.Floor(ShakeX), ShakeX - MathF.Floor(ShakeX));
        for (var y = 0; y < MotionGrid.Height; y++)
        {
            for (var x = 0; x < MotionGrid.Width; x++)
            {
                var i = ((y + 10) * Wide) + x + 10 + whole;
                var value = (walls[i] * (1 - part)) + (walls[i + 1] * part);
                if (Thing is { } t && x >= t.X && x < t.X + t.Width && y >= t.Y && y < t.Y + t.Height)
                {
                    value = t.Bright + (6 * MathF.Sin((x - t.X) * 1.3f));
                }

                picture[(y * MotionGrid.Width) + x] = (byte)Math.Clamp((value * Gain) + Offset + Grain(), 0, 255);
            }
        }

        return picture;
    }

    private float Grain()
    {
        var sum = -2f;
        for (var i = 0; i < 4; i++)
        {
            sum += random.NextSingle();
        }

        return sum * 1.73f * Noise;
    }
}

/// <summary>A detector in front of a <see cref="Room"/>, three pictures a second.</summary>
internal sealed class Watched(int sensitivity = 5, params PictureArea[] areas)
{
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(333);

    private TimeSpan at;

    public Room Room { get; } = new();

    public MotionDetector Detector { get; } = new(new MotionTuning(sensitivity, PictureArea.Ignored(areas)));

    /// <summary>Looks for some seconds; before each picture, <paramref name="change"/> gets the seconds since the beginning of this call.</summary>
    public List<MotionSight> Look(double seconds, Action<Room, float>? change = null)
    {
        var sights = new List<MotionSight>();
        for (var from = at; (at - from).TotalSeconds < seconds; at += Step)
        {
            change?.Invoke(Room, (float)(at - from).TotalSeconds);
            sights.Add(Detector.See(Room.Picture(), at));
        }

        return sights;
    }
}
