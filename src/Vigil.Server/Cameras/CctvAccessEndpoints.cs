using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Accounts;

namespace Vigil.Server.Cameras;

/// <summary>`/v0/api/cctv/camera-access/…`: the access rows in the contract's words, over the same rules.</summary>
internal static class CctvAccessEndpoints
{
    private const string Fields =
        "user (uid, username or e-mail), camera (uid), access_level view|control|admin, can_record, can_schedule, can_download, access_start_time, "
        + "access_end_time, first_day, last_day, is_active";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var rows = routes.MapCctv("/camera-access").OpenToOutsiders();
        rows.MapGet("", List).WithSummary("The access rows of cameras that you manage, and your own");
        rows.MapPost("", Add).WithSummary("Grant a camera to somebody").WithDescription(Fields);
        rows.MapGet("/{id:long}", Get).WithSummary("One access row");
        rows.MapMethods("/{id:long}", ["PUT", "PATCH"], Change).WithSummary("Change an access row; what is missing stays as it is").WithDescription(Fields);
        rows.MapDelete("/{id:long}", Remove).WithSummary("Revoke an access row");
    }

    private static async Task<IResult> List(
        HttpContext http, CameraGrants grants, CameraAccess access, CameraDirectory directory, AccountDirectory accounts, CancellationToken cancel)
    {
        var rows = Members(http).SelectMany(member => grants.Of(member.HouseholdId).Where(row => MaySee(member, row, access))).OrderBy(row => row.Id).ToList();
        return TypedResults.Json(new JsonArray([.. await ShowAsync(rows, directory, accounts, cancel)]));
    }

    private static async Task<IResult> Get(
        long id, HttpContext http, CameraGrants grants, CameraAccess access, CameraDirectory directory, AccountDirectory accounts, CancellationToken cancel)
    {
        var (row, _, refusal) = Find(http, id, toChange: false, grants, access);
        return row is null ? refusal! : TypedResults.Json((await ShowAsync([row], directory, accounts, cancel))[0]);
    }

    private static async Task<IResult> Add(
        HttpContext http, CameraAccess access, CameraDirectory directory, CameraGrants grants, Granting granting, AccountDirectory accounts,
        CancellationToken cancel)
    {
        var body = await LooseBody.ReadJsonAsync(http.Request, cancel);
        var (who, what) = (body.Required("user", 320), body.Required("camera", 64));
        var wanted = Read(body, new CameraGrant { Rights = CameraRights.OfPublic });
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        var camera = Guid.TryParse(what, out var uid) ? directory.Find(uid)
            : int.TryParse(what, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? directory.Find(number)
            : null;
        if (camera is null || Members(http).FirstOrDefault(m => m.HouseholdId == camera.HouseholdId) is not { } member)
        {
            return CctvContract.NotFound("Camera not found");
        }

        if (access.Check(member, camera.Id, CameraNeed.Admin) is var answer and not CameraAnswer.Allowed)
        {
            return answer == CameraAnswer.Unknown ? CctvContract.NotFound("Camera not found") : CctvContract.Forbidden(access.Refusal(member, camera.Id));
        }

        var (account, refusal) = await granting.FindAsync(member, who, cancel);
        if (account is null)
        {
            return Refused(refusal!);
        }

        if (grants.Find(account.Id, camera.Id) is not null)
        {
            return CctvContract.BadRequest("The fields user, camera must make a unique set.");
        }

        var granted = await granting.PutAsync(member, wanted with { CameraId = camera.Id, AccountId = account.Id }, cancel);
        return granted.Row is { } row
            ? TypedResults.Json((await ShowAsync([row], directory, accounts, cancel))[0], statusCode: StatusCodes.Status201Created)
            : Refused(granted);
    }

    private static async Task<IResult> Change(
        long id, HttpContext http, CameraGrants grants, CameraAccess access, CameraDirectory directory, Granting granting, AccountDirectory accounts,
        CancellationToken cancel)
    {
        var (row, member, refusal) = Find(http, id, toChange: true, grants, access);
        if (row is null)
        {
            return refusal!;
        }

        var body = await LooseBody.ReadJsonAsync(http.Request, cancel, mayBeEmpty: true);
        var wanted = Read(body, row);
        if (body.HasFaults)
        {
            return body.Unprocessable();
        }

        var granted = await granting.PutAsync(member!, wanted, cancel);
        return granted.Row is { } changed ? TypedResults.Json((await ShowAsync([changed], directory, accounts, cancel))[0]) : Refused(granted);
    }

    private static async Task<IResult> Remove(long id, HttpContext http, CameraGrants grants, CameraAccess access, CancellationToken cancel)
    {
        var (row, _, refusal) = Find(http, id, toChange: true, grants, access);
        if (row is null)
        {
            return refusal!;
        }

        await grants.RemoveAsync(row.HouseholdId, id, cancel);
        return TypedResults.NoContent();
    }

    /// <summary>The row for who may see or change it; otherwise 404 for who knows nothing of its camera, and 403.</summary>
    private static (CameraGrant? Row, CurrentMember? Member, IResult? Refusal) Find(
        HttpContext http, long id, bool toChange, CameraGrants grants, CameraAccess access)
    {
        foreach (var member in Members(http))
        {
            if (grants.Find(member.HouseholdId, id) is { } row && access.Of(member, row.CameraId) is not null)
            {
                return access.Check(member, row.CameraId, CameraNeed.Admin) == CameraAnswer.Allowed || (!toChange && MaySee(member, row, access))
                    ? (row, member, null)
                    : (null, null, CctvContract.Forbidden());
            }
        }

        return (null, null, CctvContract.NotFound());
    }

    private static bool MaySee(CurrentMember member, CameraGrant row, CameraAccess access) =>
        (row.AccountId == member.AccountId && row.IsActive) || access.Check(member, row.CameraId, CameraNeed.Admin) == CameraAnswer.Allowed;

    /// <summary>The contract knows no households: its caller has all of theirs at once. A request that names one keeps to it.</summary>
    private static IReadOnlyList<CurrentMember> Members(HttpContext http)
    {
        var member = CurrentMember.Of(http)!;
        var isNamed = http.Request.Headers.ContainsKey("X-Vigil-Household") || http.Request.Query.ContainsKey("household");
        return isNamed || http.Features.Get<SessionRow>() is not { } session
            ? [member]
            : [.. session.Households.Select(h => member with { HouseholdId = h.HouseholdId, Place = h.Place, IsOutsider = h.IsOutsider, TimeZone = h.TimeZone })];
    }

    private static CameraGrant Read(LooseBody body, CameraGrant before) => before with
    {
        Rights = new CameraRights(
            body.Word("access_level", "view", "control", "admin") is { } level ? Enum.Parse<CameraLevel>(level, ignoreCase: true) : before.Rights.Level,
            body.Flag("can_record") ?? before.Rights.CanRecord,
            body.Flag("can_schedule") ?? before.Rights.CanSchedule,
            body.Flag("can_download") ?? before.Rights.CanDownload),
        Rule = new AccessRule
        {
            Start = Time(body, "access_start_time", before.Rule.Start),
            End = Time(body, "access_end_time", before.Rule.End),
            FirstDay = Day(body, "first_day", before.Rule.FirstDay),
            LastDay = Day(body, "last_day", before.Rule.LastDay),
        },
        IsActive = body.Flag("is_active") ?? before.IsActive,
    };

    private static TimeOnly? Time(LooseBody body, string name, TimeOnly? before)
    {
        if (!body.Has(name) || body.Optional(name, 16) is not { Length: > 0 } text)
        {
            return body.Has(name) ? null : before;
        }

        if (TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time;
        }

        body.Fault(name, "Input should be a time like 18:00 or 18:00:00", "time_parsing");
        return null;
    }

    private static DateOnly? Day(LooseBody body, string name, DateOnly? before)
    {
        if (!body.Has(name) || body.Optional(name, 16) is not { Length: > 0 } text)
        {
            return body.Has(name) ? null : before;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return day;
        }

        body.Fault(name, "Input should be a date like 2026-11-21", "date_parsing");
        return null;
    }

    private static async Task<List<JsonObject>> ShowAsync(
        IReadOnlyList<CameraGrant> rows, CameraDirectory directory, AccountDirectory accounts, CancellationToken cancel)
    {
        var people = (await accounts.ListAsync([.. rows.Select(row => row.AccountId), .. rows.Select(row => row.GrantedBy).OfType<long>()], cancel))
            .ToDictionary(account => account.Id);
        return
        [
            .. rows.Select(row => new JsonObject
            {
                ["id"] = row.Id,
                ["user"] = people.GetValueOrDefault(row.AccountId)?.Uid.ToString(),
                ["user_username"] = people.GetValueOrDefault(row.AccountId)?.Username,
                ["camera"] = directory.Find(row.CameraId)?.Uid.ToString(),
                ["camera_name"] = directory.Find(row.CameraId)?.Name,
                ["access_level"] = row.Rights.Level.ToString().ToLowerInvariant(),
                ["can_record"] = row.Rights.CanRecord,
                ["can_schedule"] = row.Rights.CanSchedule,
                ["can_download"] = row.Rights.CanDownload,
                ["access_start_time"] = row.Rule.Start?.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
                ["access_end_time"] = row.Rule.End?.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
                ["first_day"] = row.Rule.FirstDay?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                ["last_day"] = row.Rule.LastDay?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                ["granted_by"] = people.GetValueOrDefault(row.GrantedBy ?? 0)?.Uid.ToString(),
                ["granted_by_username"] = people.GetValueOrDefault(row.GrantedBy ?? 0)?.Username,
                ["granted_at"] = CctvContract.Instant(row.GrantedAt),
                ["is_active"] = row.IsActive,
            }),
        ];
    }

    private static JsonHttpResult<JsonObject> Refused(Granted granted) => CctvContract.Fail(granted.Status, granted.Detail);
}
