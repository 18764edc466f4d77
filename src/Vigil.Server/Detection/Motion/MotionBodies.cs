using Vigil.Perception.Vision;

namespace Vigil.Server.Detection.Motion;

/// <summary>How motion is looked for; what is missing stays as it is.</summary>
public sealed record MotionRequest
{
    public bool? Enabled { get; init; }

    /// <summary>1 (only what is big and clear) to 10.</summary>
    public int? Sensitivity { get; init; }

    /// <summary>0 to 60.</summary>
    public double? MinimumSeconds { get; init; }

    /// <summary>Motion leaves a clip.</summary>
    public bool? Record { get; init; }

    /// <summary>At most 8 polygons of 3 to 16 corners, each from 0 to 1.</summary>
    public IReadOnlyList<MotionArea>? Areas { get; init; }

    /// <summary>The settings with the changes; null with <paramref name="errors"/>.</summary>
    internal MotionSettings? Apply(MotionSettings before, Dictionary<string, string[]> errors)
    {
        Check(Sensitivity is null or (>= MotionTuning.LeastSensitive and <= MotionTuning.MostSensitive), "sensitivity", "A whole number from 1 to 10.");
        Check(MinimumSeconds is null or (>= 0 and <= MotionSettings.LongestMinimum), "minimumSeconds", "From 0 to 60 seconds.");
        Check(Areas is null || Areas.Count <= MotionSettings.MostAreas, "areas", $"At most {MotionSettings.MostAreas} zones and masks.");
        Check(
            Areas is null || Areas.All(a => a is { Points.Count: >= 3 and <= MotionSettings.MostPoints } && a.Points.All(p => p is { X: >= 0 and <= 1, Y: >= 0 and <= 1 })),
            "areas",
            $"A zone or mask has 3 to {MotionSettings.MostPoints} corners, all in the picture: from 0 to 1.");
        return errors.Count > 0 ? null : before with
        {
            Enabled = Enabled ?? before.Enabled,
            Sensitivity = Sensitivity ?? before.Sensitivity,
            MinimumSeconds = MinimumSeconds ?? before.MinimumSeconds,
            Record = Record ?? before.Record,
            Areas = Areas ?? before.Areas,
        };

        void Check(bool good, string field, string words)
        {
            if (!good)
            {
                errors.TryAdd(field, [words]);
            }
        }
    }
}

/// <summary>How motion is looked for at a camera, and how that goes.</summary>
public sealed record MotionView
{
    public required bool Enabled { get; init; }

    public required int Sensitivity { get; init; }

    public required double MinimumSeconds { get; init; }

    public required bool Record { get; init; }

    public required IReadOnlyList<MotionArea> Areas { get; init; }

    public required MotionState State { get; init; }

    /// <summary>The state in a sentence.</summary>
    public required string Detail { get; init; }

    internal static MotionView Of(MotionSettings settings, CameraEye? eye)
    {
        var state = settings.Enabled ? eye?.State ?? MotionState.Waiting : MotionState.Off;
        return new MotionView
        {
            Enabled = settings.Enabled,
            Sensitivity = settings.Sensitivity,
            MinimumSeconds = settings.MinimumSeconds,
            Record = settings.Record,
            Areas = settings.Areas,
            State = state,
            Detail = Words(state, eye),
        };
    }

    internal static string Words(MotionState state, CameraEye? eye) => state switch
    {
        MotionState.Off => "Nobody looks for motion here.",
        MotionState.Watching when eye?.Now?.Source == MotionSource.SubStream => "Vigil watches the camera’s second stream.",
        MotionState.Watching => "Vigil watches the whole pictures among the camera’s stream. With a second, smaller stream it would see more.",
        MotionState.Busy => "The machine has no time for it now: live pictures take it all. Vigil tries again.",
        MotionState.TooSparse => "The camera sends whole pictures too seldom. Give Vigil its second stream, or set a key-frame interval of four seconds or less.",
        MotionState.Broken => "The picture cannot be decoded at the moment. Vigil tries again.",
        _ => "Waiting for a picture.",
    };
}

/// <summary>What the detector sees at this moment.</summary>
public sealed record MotionNowView
{
    public required MotionState State { get; init; }

    public required string Detail { get; init; }

    /// <summary>When the picture was taken; null while there is none.</summary>
    public required DateTimeOffset? At { get; init; }

    /// <summary>Something moves that counts.</summary>
    public required bool Moving { get; init; }

    /// <summary>The part of the watched picture that moves, 0..1.</summary>
    public required float Share { get; init; }

    public required Events.EventBox? Box { get; init; }

    /// <summary>The picture in cells.</summary>
    public required int Columns { get; init; }

    public required int Rows { get; init; }

    /// <summary>The cells that differ from what was learnt, counted row by row.</summary>
    public required IReadOnlyList<int> Cells { get; init; }

    /// <summary>The light of the whole picture has just changed: that is not taken for motion.</summary>
    public required bool LightChanged { get; init; }

    /// <summary>The camera shakes.</summary>
    public required bool Shaken { get; init; }

    internal static MotionNowView Of(CameraEye? eye)
    {
        var state = eye?.State ?? MotionState.Waiting;
        var now = state == MotionState.Watching ? eye!.Now : null;
        return new MotionNowView
        {
            State = state,
            Detail = MotionView.Words(state, eye),
            At = now?.At,
            Moving = now?.Sight.Moving ?? false,
            Share = now?.Sight.Share ?? 0,
            Box = now?.Sight.Box is { } box ? new Events.EventBox(box.X, box.Y, box.Width, box.Height) : null,
            Columns = MotionGrid.Columns,
            Rows = MotionGrid.Rows,
            Cells = [.. now?.Sight.Cells.Index().Where(c => c.Item).Select(c => c.Index) ?? []],
            LightChanged = now?.Sight.LightChanged ?? false,
            Shaken = now?.Sight.Shaken ?? false,
        };
    }
}
