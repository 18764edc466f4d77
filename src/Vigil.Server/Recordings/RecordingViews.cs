using System.ComponentModel.DataAnnotations;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;

namespace Vigil.Server.Recordings;

/// <summary>A recording as pages see it.</summary>
public sealed record RecordingView
{
    public required Guid Id { get; init; }

    public required int CameraId { get; init; }

    public required string CameraName { get; init; }

    public required string Name { get; init; }

    public required RecordingKind Kind { get; init; }

    public required Guid? ScheduleId { get; init; }

    /// <summary>Who pressed the button; null when a schedule, the camera's setting or an event began it.</summary>
    public required string? StartedBy { get; init; }

    public required DateTimeOffset From { get; init; }

    /// <summary>Null: until somebody stops it.</summary>
    public required DateTimeOffset? PlannedUntil { get; init; }

    /// <summary>Null while it is being recorded.</summary>
    public required DateTimeOffset? EndedAt { get; init; }

    public required RecordingStatus Status { get; init; }

    /// <summary>Why it failed.</summary>
    public required string? Error { get; init; }

    /// <summary>Clean-up leaves its footage alone.</summary>
    public required bool Protected { get; init; }

    /// <summary>From begin to end, gaps included; so far, while it is being recorded.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>What is there, without the gaps.</summary>
    public required double PresentSeconds { get; init; }

    public required long Bytes { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Pictures a second.</summary>
    public required double FrameRate { get; init; }

    public required long Frames { get; init; }

    /// <summary>RFC 6381; empty for none.</summary>
    public required string VideoCodec { get; init; }

    /// <summary>RFC 6381; empty for none.</summary>
    public required string AudioCodec { get; init; }

    public required IReadOnlyList<FootageGap> Gaps { get; init; }

    /// <summary>Where it plays; null while nothing is there.</summary>
    public required string? VideoUrl { get; init; }
}

public sealed record RecordingPage
{
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<RecordingView> Recordings { get; init; }

    /// <summary>Give this as <c>before</c> for the next, older page; null at the end.</summary>
    public required DateTimeOffset? Next { get; init; }
}

public sealed record StartRecordingRequest
{
    /// <summary>Empty for the camera's name and the time.</summary>
    [StringLength(255)]
    public string? Name { get; init; }

    /// <summary>Empty: until somebody stops it.</summary>
    [Range(1, 1440)]
    public int? Minutes { get; init; }
}

public sealed record ChangeRecordingRequest
{
    [StringLength(255)]
    public string? Name { get; init; }

    public bool? Protected { get; init; }
}

/// <summary>Puts together what the book, the segments and the cameras know; of the footage only what exists for who asks.</summary>
public sealed class RecordingViews(SegmentIndex segments, CameraDirectory directory, CameraAccess access, TimeProvider time)
{
    public async Task<IReadOnlyList<RecordingView>> OfAsync(CurrentMember member, IReadOnlyList<Recording> recordings, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var windows = recordings.Select(r => access.Footage(member, r.CameraId, r.From, r.Until(now))).ToList();
        var footage = await segments.ReadAsync(
            member.HouseholdId, [.. recordings.SelectMany((r, i) => windows[i].Select(w => new SegmentRange(r.CameraId, w.From, w.To)))], wanted: true, cancel);
        var read = new Queue<Footage>(footage);
        return [.. recordings.Select((r, i) => Of(r, Footage.Together([.. windows[i].Select(_ => read.Dequeue())]), now))];
    }

    private RecordingView Of(Recording r, Footage footage, DateTimeOffset now) => new()
    {
        Id = r.Id,
        CameraId = r.CameraId,
        CameraName = directory.Find(r.CameraId)?.Name ?? "",
        Name = r.Name,
        Kind = r.Kind,
        ScheduleId = r.ScheduleId,
        StartedBy = r.StartedByName,
        From = r.From,
        PlannedUntil = r.PlannedUntil,
        EndedAt = r.EndedAt,
        Status = r.Outcome,
        Error = r.Error,
        Protected = r.Protected,
        DurationSeconds = Math.Round((r.Until(now) - r.From).TotalSeconds, 3),
        PresentSeconds = Math.Round(footage.Present.TotalSeconds, 3),
        Bytes = footage.Bytes,
        Width = footage.Width,
        Height = footage.Height,
        FrameRate = footage.FrameRate,
        Frames = footage.Frames,
        VideoCodec = footage.VideoCodec,
        AudioCodec = footage.AudioCodec,
        Gaps = footage.Gaps,
        VideoUrl = footage.Ranges.Count == 0 ? null : $"/api/v1/recordings/{r.Id}/video.mp4",
    };
}
