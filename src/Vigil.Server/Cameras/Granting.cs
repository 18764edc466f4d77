using System.Globalization;
using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Cameras;

/// <summary>What became of a wish to grant a camera to somebody.</summary>
public sealed record Granted(CameraGrant? Row, int Status, string Detail, string Code)
{
    public static Granted Refused(int status, string detail, string code) => new(null, status, detail, code);
}

/// <summary>Makes and changes access rows for those who may: level admin, and nobody more than they hold themselves.</summary>
internal sealed class Granting(CameraGrants grants, CameraAccess access, HouseholdMembers households, AccountDirectory accounts, RateLimits limits)
{
    private const int LookUpsAnHour = 30;
    private static readonly DateOnly Earliest = new(2000, 1, 1);
    private static readonly DateOnly Latest = new(2200, 1, 1);

    /// <summary>Somebody by e-mail, username or uid; with the words to say when there is nobody, or too many were asked for.</summary>
    public async Task<(Account? Account, Granted? Refusal)> FindAsync(CurrentMember member, string login, CancellationToken cancel)
    {
        // Tells whether a name has an account: enough for a family, too few to try a list.
        if (!limits.TryTake("grant", member.AccountId.ToString(CultureInfo.InvariantCulture), LookUpsAnHour, TimeSpan.FromHours(1)))
        {
            return (null, Granted.Refused(StatusCodes.Status429TooManyRequests, "That were many names in a short time; please wait a while.", "tooManyRequests"));
        }

        return (Guid.TryParse(login, out var uid) ? await accounts.FindByUidAsync(uid, cancel) : await accounts.FindByLoginAsync(login, cancel)) is { IsActive: true } account
            ? (account, null)
            : (null, Granted.Refused(
                StatusCodes.Status404NotFound, $"Nobody signs in here as “{login.Trim()}”. They need an account on this server first.", "noSuchAccount"));
    }

    /// <summary>
    /// People to offer first: the guests of the household, and those who have, or had, access to one of its cameras that the member manages.
    /// </summary>
    public async Task<IReadOnlyList<Account>> PeopleAsync(CurrentMember member, CancellationToken cancel)
    {
        var managed = access.Visible(member).Where(c => access.Check(member, c.Id, CameraNeed.Admin) == CameraAnswer.Allowed).Select(c => c.Id).ToHashSet();
        var recent = grants.Of(member.HouseholdId).Where(row => managed.Contains(row.CameraId)).OrderByDescending(row => row.GrantedAt).Select(row => row.AccountId);
        var members = await households.ListAsync(member.HouseholdId, cancel);
        var ids = recent.Concat(members.Where(m => m.Place == Place.Guest).Select(m => m.AccountId))
            .Except(members.Where(m => m.Place != Place.Guest).Select(m => m.AccountId)).Where(id => id != member.AccountId).ToList();
        var found = (await accounts.ListAsync(ids, cancel)).ToDictionary(account => account.Id);
        return [.. ids.Where(found.ContainsKey).Select(id => found[id])];
    }

    /// <summary>Adds a row, or changes the one there is. The caller has checked that the member may manage the camera.</summary>
    public async Task<Granted> PutAsync(CurrentMember member, CameraGrant wanted, CancellationToken cancel)
    {
        var rule = wanted.Rule;
        if (rule is { Start: null } && rule.End == TimeOnly.MinValue)
        {
            rule = rule with { End = null }; // "Until 00:00" is until midnight.
        }

        if (rule is { Start: { } start, End: { } end } && start == end)
        {
            return Granted.Refused(StatusCodes.Status400BadRequest, "The window begins and ends at the same time, so it would never be open.", "emptyWindow");
        }

        if (rule.FirstDay < Earliest || rule.LastDay > Latest || rule.FirstDay > Latest || rule.LastDay < Earliest || rule.FirstDay > rule.LastDay)
        {
            return Granted.Refused(StatusCodes.Status400BadRequest, "The last day is not before the first.", "badDays");
        }

        if ((await households.ListAsync(member.HouseholdId, cancel)).Any(m => m.AccountId == wanted.AccountId && m.Place != Place.Guest))
        {
            return Granted.Refused(StatusCodes.Status409Conflict, "They are a parent here and see every camera already.", "seesEverything");
        }

        var before = grants.Find(wanted.AccountId, wanted.CameraId);
        if (access.Of(member, wanted.CameraId)?.Row is { } mine && !MayGrant(mine, wanted with { Rule = rule }, before))
        {
            return Granted.Refused(StatusCodes.Status403Forbidden, "You cannot grant more than you may do yourself, or at other times.", "tooMuch");
        }

        var row = await grants.PutAsync(wanted with { HouseholdId = member.HouseholdId, Rule = rule, GrantedBy = member.AccountId }, cancel);
        return row is null
            ? Granted.Refused(StatusCodes.Status404NotFound, "There is no such camera.", "notFound")
            : new Granted(row, before is null ? StatusCodes.Status201Created : StatusCodes.Status200OK, "", "");
    }

    /// <summary>
    /// Whether somebody who holds <paramref name="mine"/> may bring about <paramref name="wanted"/>: nothing about themselves, no right they do not
    /// have and no time they may not look; what another has already stays possible.
    /// </summary>
    internal static bool MayGrant(CameraGrant mine, CameraGrant wanted, CameraGrant? before) =>
        wanted.AccountId != mine.AccountId
        && ((mine.Rights.Include(wanted.Rights) && wanted.Rule.IsWithin(mine.Rule))
            || (before is { IsActive: true } && before.Rights.Include(wanted.Rights) && wanted.Rule.IsWithin(before.Rule)));
}
