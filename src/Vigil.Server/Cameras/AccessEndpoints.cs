using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>Who may see a camera besides the parents: list, grant, change, revoke.</summary>
internal static class AccessEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var rows = routes.MapGroup("/api/v1/cameras/{id:int}/access").WithTags("Cameras").RequireAuthorization();
        rows.MapGet("", List).RequireCamera(CameraNeed.Admin).WithSummary("Who may see this camera besides the parents");
        rows.MapPost("", Grant).RequireCamera(CameraNeed.Admin).WithSummary("Grant the camera to somebody; in the place of what they had");
        rows.MapPut("/{row:long}", Change).RequireCamera(CameraNeed.Admin).WithSummary("Change what a row gives, and when");
        rows.MapDelete("/{row:long}", Revoke).RequireCamera(CameraNeed.Admin).WithSummary("Revoke; what they watch ends at once");
    }

    private static async Task<Ok<CameraAccessView>> List(
        int id, CurrentMember member, CameraDirectory directory, CameraGrants grants, Granting granting, AccountDirectory accounts, TimeProvider time,
        CancellationToken cancel)
    {
        var rows = grants.Of(member.HouseholdId).Where(row => row.CameraId == id).OrderByDescending(row => row.GrantedAt).ToList();
        return TypedResults.Ok(new CameraAccessView
        {
            IsPublic = directory.Find(id)?.IsPublic ?? false,
            Grants = await ViewAsync(rows, grants, accounts, time, cancel),
            People = [.. (await granting.PeopleAsync(member, cancel)).Select(Person)],
        });
    }

    private static async Task<Results<Created<GrantView>, Ok<GrantView>, ValidationProblem, ProblemHttpResult>> Grant(
        int id, GrantRequest request, CurrentMember member, CameraGrants grants, Granting granting, AccountDirectory accounts, TimeProvider time,
        CancellationToken cancel)
    {
        long account;
        if (request.AccountId is { } offered)
        {
            if ((await granting.PeopleAsync(member, cancel)).All(person => person.Id != offered))
            {
                return Problems.Of(StatusCodes.Status404NotFound, "There is no such person. Name them by e-mail or username.", "noSuchAccount");
            }

            account = offered;
        }
        else if (string.IsNullOrWhiteSpace(request.Login))
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["login"] = ["Whom? An e-mail or username."] });
        }
        else
        {
            var (found, refusal) = await granting.FindAsync(member, request.Login, cancel);
            if (found is null)
            {
                return Refused(refusal!);
            }

            account = found.Id;
        }

        var granted = await granting.PutAsync(member, Row(id, account, request), cancel);
        if (granted.Row is not { } row)
        {
            return Refused(granted);
        }

        var view = (await ViewAsync([row], grants, accounts, time, cancel))[0];
        return granted.Status == StatusCodes.Status201Created ? TypedResults.Created($"/api/v1/cameras/{id}/access/{row.Id}", view) : TypedResults.Ok(view);
    }

    private static async Task<Results<Ok<GrantView>, ProblemHttpResult>> Change(
        int id, long row, GrantRequest request, CurrentMember member, CameraGrants grants, Granting granting, AccountDirectory accounts, TimeProvider time,
        CancellationToken cancel)
    {
        if (grants.Find(member.HouseholdId, row) is not { } known || known.CameraId != id)
        {
            return NoRow();
        }

        var granted = await granting.PutAsync(member, Row(id, known.AccountId, request), cancel);
        return granted.Row is { } changed ? TypedResults.Ok((await ViewAsync([changed], grants, accounts, time, cancel))[0]) : Refused(granted);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(
        int id, long row, CurrentMember member, CameraGrants grants, CancellationToken cancel) =>
        grants.Find(member.HouseholdId, row)?.CameraId == id && await grants.RemoveAsync(member.HouseholdId, row, cancel) ? TypedResults.NoContent() : NoRow();

    private static CameraGrant Row(int camera, long account, GrantRequest request) => new()
    {
        CameraId = camera,
        AccountId = account,
        Rights = new CameraRights(request.Level, request.CanRecord, request.CanSchedule, request.CanDownload),
        Rule = new AccessRule { Start = request.WindowStart, End = request.WindowEnd, FirstDay = request.FirstDay, LastDay = request.LastDay },
        IsActive = request.IsActive,
    };

    private static async Task<List<GrantView>> ViewAsync(
        IReadOnlyList<CameraGrant> rows, CameraGrants grants, AccountDirectory accounts, TimeProvider time, CancellationToken cancel)
    {
        var people = (await accounts.ListAsync([.. rows.Select(row => row.AccountId), .. rows.Select(row => row.GrantedBy).OfType<long>()], cancel))
            .ToDictionary(account => account.Id);
        return
        [
            .. rows.Where(row => people.ContainsKey(row.AccountId)).Select(row =>
            {
                var moment = row.Rule.At(time.GetUtcNow(), grants.ZoneOf(row.HouseholdId));
                return new GrantView
                {
                    Id = row.Id,
                    CameraId = row.CameraId,
                    Person = Person(people[row.AccountId]),
                    Level = row.Rights.Level,
                    CanRecord = row.Rights.CanRecord,
                    CanSchedule = row.Rights.CanSchedule,
                    CanDownload = row.Rights.CanDownload,
                    WindowStart = row.Rule.Start,
                    WindowEnd = row.Rule.End,
                    FirstDay = row.Rule.FirstDay,
                    LastDay = row.Rule.LastDay,
                    GrantedBy = people.GetValueOrDefault(row.GrantedBy ?? 0) is { } granter ? Person(granter).Name : null,
                    GrantedAt = row.GrantedAt,
                    IsActive = row.IsActive,
                    IsOpen = row.IsActive && moment.Open is not null,
                    IsComing = row.IsActive && (moment.Open is not null || moment.OpensAt is not null),
                };
            }),
        ];
    }

    private static PersonView Person(Account account) => new()
    {
        AccountId = account.Id,
        Name = account.Name is { Length: > 0 } name ? name : account.Username,
        Username = account.Username,
    };

    private static ProblemHttpResult Refused(Granted granted) => Problems.Of(granted.Status, granted.Detail, granted.Code);

    private static ProblemHttpResult NoRow() => Problems.NotFound("There is no such access.");
}
