using System.Text.Json;
using Vigil.Perception.Vision;

namespace Vigil.Server.Detection.Motion;

/// <summary>What an area of the picture is for.</summary>
public enum MotionAreaKind
{
    /// <summary>Motion counts here; where there are zones, nowhere else.</summary>
    Zone,

    /// <summary>Motion never counts here.</summary>
    Mask,
}

/// <summary>A corner: 0..1 from the picture's left and upper edge.</summary>
public sealed record MotionPoint(float X, float Y);

/// <summary>A polygon drawn on the picture.</summary>
public sealed record MotionArea
{
    public required MotionAreaKind Kind { get; init; }

    public required IReadOnlyList<MotionPoint> Points { get; init; }
}

/// <summary>How motion is looked for at one camera. Immutable.</summary>
public sealed record MotionSettings
{
    public const int MostAreas = 8;
    public const int MostPoints = 16;
    public const double LongestMinimum = 60;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Of a camera for which nobody has set anything: off.</summary>
    public static readonly MotionSettings Usual = new();

    private readonly Lazy<MotionTuning> tuning;

    public MotionSettings() => tuning = new(MakeTuning);

    /// <summary>A copy with changes is tuned anew.</summary>
    private MotionSettings(MotionSettings other)
    {
        (Enabled, Sensitivity, MinimumSeconds, Record, Areas) = (other.Enabled, other.Sensitivity, other.MinimumSeconds, other.Record, other.Areas);
        tuning = new(MakeTuning);
    }

    public bool Enabled { get; init; }

    /// <summary>1 to 10.</summary>
    public int Sensitivity { get; init; } = 5;

    /// <summary>What is shorter is nothing.</summary>
    public double MinimumSeconds { get; init; } = 1;

    /// <summary>Motion leaves a clip.</summary>
    public bool Record { get; init; } = true;

    public IReadOnlyList<MotionArea> Areas { get; init; } = [];

    internal MotionTuning Tuning => tuning.Value;

    internal static string Write(IReadOnlyList<MotionArea> areas) => JsonSerializer.Serialize(areas, Json);

    internal static IReadOnlyList<MotionArea> Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<MotionArea[]>(text, Json) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private MotionTuning MakeTuning() => new(
        Sensitivity, PictureArea.Ignored([.. Areas.Select(a => new PictureArea(a.Kind == MotionAreaKind.Mask, [.. a.Points.Select(p => new PicturePoint(p.X, p.Y))]))]));
}
