using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Hosting;

namespace Vigil.Server.Detection.Motion;

internal static class MotionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var motion = routes.MapGroup("/api/v1/cameras/{id:int}/motion").WithTags("Motion").RequireAuthorization();
        motion.MapGet("", Get).RequireCamera(CameraNeed.Admin);
        motion.MapPut("", Put).RequireCamera(CameraNeed.Admin);
        motion.MapGet("/now", Now).RequireCamera(CameraNeed.Admin);
    }

    private static Ok<MotionView> Get(int id, MotionBook book) => TypedResults.Ok(MotionView.Of(book.Of(id), book.Find(id)));

    private static async Task<Results<Ok<MotionView>, ValidationProblem, ProblemHttpResult>> Put(
        int id, MotionRequest request, CurrentMember member, MotionBook book, CancellationToken cancel)
    {
        try
        {
            await book.LoadAsync(cancel); // On a server that does not own the loops nothing else does.
            var errors = new Dictionary<string, string[]>();
            return request.Apply(book.Of(id), errors) is not { } settings ? TypedResults.ValidationProblem(errors)
                : await book.SaveAsync(member.HouseholdId, id, settings, cancel) ? TypedResults.Ok(MotionView.Of(settings, book.Find(id)))
                : Problems.NotFound("There is no such camera.");
        }
        catch (NpgsqlException)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "The database is away; Vigil goes on watching. Try again in a moment.", "databaseAway");
        }
    }

    /// <summary>Also while motion is switched off: whoever asks makes the detector look for some seconds.</summary>
    private static Ok<MotionNowView> Now(int id, MotionBook book) => TypedResults.Ok(MotionNowView.Of(book.Look(id)));
}
