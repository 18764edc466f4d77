using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Vigil.Perception.Hearing;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Events;
using Vigil.Server.Hosting;

namespace Vigil.Server.Detection;

/// <summary>How a camera's ear for crying is set, and what it has learnt.</summary>
public sealed record HearingView
{
    /// <summary>off, low, normal or high.</summary>
    public required string Sensitivity { get; init; }

    /// <summary>How sure the network has to be for an alarm, 0 to 1.</summary>
    public required float Threshold { get; init; }

    /// <summary>The same without what was learnt.</summary>
    public required float UsualThreshold { get; init; }

    /// <summary>What was learnt, on the logit scale: above 0 means harder to alarm.</summary>
    public required float Shift { get; init; }

    /// <summary>Why the threshold is what it is, in one sentence.</summary>
    public required string Explanation { get; init; }

    /// <summary>How loud the room is when nothing happens in it, in dB below full scale; null while nobody listens.</summary>
    public required float? RoomDbfs { get; init; }

    /// <summary>Which weights.</summary>
    public required string Model { get; init; }

    public required IReadOnlyList<FeedbackView> Feedback { get; init; }
}

/// <summary>One thing that was said.</summary>
public sealed record FeedbackView
{
    public required long Id { get; init; }

    public required Guid? EventId { get; init; }

    /// <summary>not_cry or missed.</summary>
    public required string Said { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string By { get; init; }

    public required float Score { get; init; }

    public required float Shift { get; init; }

    public required DateTimeOffset? UndoneAt { get; init; }
}

/// <summary>The curve of one crying, a value every half second.</summary>
public sealed record CryView
{
    public required DateTimeOffset StartedAt { get; init; }

    public required double StepSeconds { get; init; }

    public required float Threshold { get; init; }

    public required float? RoomDbfs { get; init; }

    /// <summary>Loudness in dB below full scale.</summary>
    public required IReadOnlyList<short> Levels { get; init; }

    /// <summary>How sure the network was, in thousandths.</summary>
    public required IReadOnlyList<short> Scores { get; init; }
}

internal static class HearingEndpoints
{
    private const int MostListed = 50;
    private const int MostExported = 1000;
    private static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var camera = routes.MapGroup("/api/v1/cameras/{id:int}/hearing").WithTags("Hearing").RequireAuthorization();
        camera.MapGet("", Get).RequireCamera(CameraNeed.View);
        camera.MapPost("/missed", Missed).RequireCamera(CameraNeed.Control);
        camera.MapDelete("/feedback/{feedback:long}", Undo).RequireCamera(CameraNeed.Control);
        camera.MapGet("/feedback.jsonl", Export).RequireCamera(CameraNeed.Admin);
        var events = routes.MapGroup("/api/v1/events/{id:guid}").WithTags("Hearing").RequireAuthorization().OpenToOutsiders();
        events.MapGet("/cry", Curve);
        events.MapPost("/not-a-cry", NotACry);
    }

    private static async Task<Results<Ok<HearingView>, ProblemHttpResult>> Get(
        int id, CurrentMember member, CameraAccess access, CameraDirectory directory, CryTuning tuning, CryEars ears, CancellationToken cancel) =>
        await AnsweredAsync(() => ViewAsync(id, member, access, directory, tuning, ears, cancel));

    private static async Task<Results<Ok<HearingView>, ProblemHttpResult>> Missed(
        int id, CurrentMember member, CameraAccess access, CameraDirectory directory, CryTuning tuning, CryEars ears, TimeProvider time, CancellationToken cancel)
    {
        if (ears.Find(id)?.Strongest(time.GetUtcNow()) is not { } moment)
        {
            return Problems.Conflict("Vigil has heard nothing from this camera in the last minute.");
        }

        return await AnsweredAsync(async () =>
        {
            await tuning.SayAsync(
                new CryFeedback
                {
                    HouseholdId = member.HouseholdId,
                    CameraId = id,
                    Said = "missed",
                    At = moment.At,
                    ByName = member.Name ?? member.Username,
                    Score = moment.Score,
                    Shift = -CryTuning.Step,
                    Model = CryModel.BuiltIn.Name,
                },
                member.AccountId, moment.Features, cancel);
            return await ViewAsync(id, member, access, directory, tuning, ears, cancel);
        });
    }

    private static async Task<Results<Ok<HearingView>, ProblemHttpResult>> NotACry(
        Guid id, CurrentMember member, EventAccess events, CameraAccess access, CameraDirectory directory, CryBook book, CryTuning tuning, CryEars ears,
        CancellationToken cancel)
    {
        if (await events.FindAsync(member, id, cancel) is not { Kind: EventKind.Cry, CameraId: { } camera } found)
        {
            return Problems.NotFound("There is no such crying.");
        }

        if (access.Check(member, camera, CameraNeed.Control) != CameraAnswer.Allowed)
        {
            return Problems.Forbidden("You may see this event, but not judge it.");
        }

        return await AnsweredAsync(async () =>
        {
            if (await book.FindAsync(member.HouseholdId, id, cancel) is { } heard)
            {
                await tuning.SayAsync(
                    new CryFeedback
                    {
                        HouseholdId = member.HouseholdId,
                        CameraId = camera,
                        EventId = id,
                        Said = "not_cry",
                        At = heard.StartedAt,
                        ByName = member.Name ?? member.Username,
                        Score = found.Score ?? 0,
                        Shift = CryTuning.Step,
                        Model = heard.Model,
                    },
                    member.AccountId, heard.Features, cancel);
                return await ViewAsync(camera, member, access, directory, tuning, ears, cancel);
            }

            return null;
        });
    }

    private static async Task<Results<Ok<HearingView>, ProblemHttpResult>> Undo(
        int id, long feedback, CurrentMember member, CameraAccess access, CameraDirectory directory, CryTuning tuning, CryEars ears, CancellationToken cancel) =>
        await AnsweredAsync(async () =>
            await tuning.UndoAsync(member.HouseholdId, id, feedback, cancel) ? await ViewAsync(id, member, access, directory, tuning, ears, cancel) : null);

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> Export(int id, CurrentMember member, CryTuning tuning, CancellationToken cancel)
    {
        try
        {
            var rows = await tuning.ExportAsync(member.HouseholdId, id, MostExported, cancel);
            var lines = rows.Select(r => JsonSerializer.Serialize(
                new
                {
                    r.Feedback.Said,
                    label = r.Feedback.Said == "missed" ? "cry" : "not",
                    r.Feedback.At,
                    r.Feedback.Score,
                    r.Feedback.Model,
                    shape = (int[])[CryNetwork.WindowFrames, MelFrontEnd.Bands],
                    offset = -14,
                    steps = 10,
                    features = Convert.ToBase64String(r.Features),
                },
                Lines));
            return TypedResults.Content(string.Concat(lines.Select(l => l + "\n")), "application/jsonl");
        }
        catch (NpgsqlException)
        {
            return DatabaseAway();
        }
    }

    private static async Task<Results<Ok<CryView>, ProblemHttpResult>> Curve(Guid id, CurrentMember member, EventAccess events, CryBook book, CancellationToken cancel)
    {
        try
        {
            return await events.FindAsync(member, id, cancel) is not null && await book.FindAsync(member.HouseholdId, id, cancel) is { } heard
                ? TypedResults.Ok(new CryView
                {
                    StartedAt = heard.StartedAt,
                    StepSeconds = CryWindow.Hop.TotalSeconds,
                    Threshold = heard.Threshold,
                    RoomDbfs = heard.RoomDbfs,
                    Levels = heard.Levels,
                    Scores = heard.Scores,
                })
                : Problems.NotFound("There is no curve of that, or not yet.");
        }
        catch (NpgsqlException)
        {
            return DatabaseAway();
        }
    }

    private static async Task<HearingView?> ViewAsync(
        int id, CurrentMember member, CameraAccess access, CameraDirectory directory, CryTuning tuning, CryEars ears, CancellationToken cancel)
    {
        if (directory.Find(id) is not { } camera)
        {
            return null;
        }

        var said = await tuning.ListAsync(member.HouseholdId, id, MostListed, cancel);
        var usual = CrySensitivity.Threshold(CryModel.BuiltIn.AlarmThreshold, camera.CrySensitivity, 0);
        var shift = tuning.ShiftOf(id);
        return new HearingView
        {
            Sensitivity = camera.CrySensitivity,
            UsualThreshold = usual,
            Threshold = CryAlarm.Shift(usual, shift),
            Shift = shift,
            Explanation = Explain(usual, shift, said.Where(f => f.UndoneAt is null).ToList()),
            RoomDbfs = ears.Find(id)?.RoomDbfs,
            Model = CryModel.BuiltIn.Name,
            Feedback = [.. said.Where(f => access.MaySee(member, id, f.At, f.At)).Select(f => new FeedbackView
            {
                Id = f.Id, EventId = f.EventId, Said = f.Said, At = f.At, By = f.ByName, Score = f.Score, Shift = f.Shift, UndoneAt = f.UndoneAt,
            })],
        };
    }

    /// <summary>Why the threshold is what it is.</summary>
    internal static string Explain(float usual, float shift, IReadOnlyCollection<CryFeedback> said)
    {
        static string Percent(float value) => (value * 100).ToString("0", CultureInfo.InvariantCulture) + " %";
        if (said.Count == 0)
        {
            return $"Vigil calls when it is {Percent(usual)} sure.";
        }

        var not = said.Count(f => f.Said == "not_cry");
        var missed = said.Count - not;
        string[] words = [.. not > 0 ? [$"“not a cry” {Times(not)}"] : Array.Empty<string>(), .. missed > 0 ? [$"“missed one” {Times(missed)}"] : Array.Empty<string>()];
        var most = Math.Abs(shift) >= CrySensitivity.MostLearnt ? ", which is as far as it moves" : "";
        return $"Vigil calls when it is {Percent(CryAlarm.Shift(usual, shift))} sure instead of {Percent(usual)}, because you said {string.Join(" and ", words)}{most}.";

        static string Times(int count) => count == 1 ? "once" : $"{count.ToString(CultureInfo.InvariantCulture)} times";
    }

    private static async Task<Results<Ok<HearingView>, ProblemHttpResult>> AnsweredAsync(Func<Task<HearingView?>> answer)
    {
        try
        {
            return await answer() is { } view ? TypedResults.Ok(view) : Problems.NotFound("There is nothing of that kind here, or not yet.");
        }
        catch (NpgsqlException)
        {
            return DatabaseAway();
        }
    }

    private static ProblemHttpResult DatabaseAway() =>
        Problems.Of(StatusCodes.Status503ServiceUnavailable, "The database is away; Vigil goes on listening. Try again in a moment.", "databaseAway");
}
