using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>The household and who belongs to it. Everybody in it may look; the owner manages.</summary>
internal static class HouseholdEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/household").RequireAuthorization().WithTags("Household");
        group.MapGet("", GetHousehold).OpenToOutsiders();
        group.MapPatch("", PatchHousehold).RequireHouseholdPlace(Place.Owner).ProducesValidationProblem();
        group.MapGet("/members", GetMembers);
        group.MapPost("/members", PostMember).RequireHouseholdPlace(Place.Owner).ProducesValidationProblem();
        group.MapPatch("/members/{accountId:long}", PatchMember).ProducesValidationProblem();
        group.MapDelete("/members/{accountId:long}", DeleteMember);
    }

    private static async Task<Results<Ok<HouseholdBody>, ProblemHttpResult>> GetHousehold(CurrentMember member, HouseholdMembers households, CancellationToken cancel) =>
        await households.FindHouseholdAsync(member.HouseholdId, cancel) is { } household
            ? TypedResults.Ok(HouseholdBody.From(household))
            : Problems.NotFound();

    private static async Task<Results<Ok<HouseholdBody>, ProblemHttpResult>> PatchHousehold(
        HouseholdPatch request, CurrentMember member, HouseholdMembers households, CancellationToken cancel)
    {
        if (request.TimeZone is { } zone && !TimeZones.IsKnown(zone))
        {
            return Problems.BadRequest("That time zone is not known here; use a name like Europe/Zagreb.", "unknownTimeZone");
        }

        if (await households.FindHouseholdAsync(member.HouseholdId, cancel) is not { } old)
        {
            return Problems.NotFound();
        }

        var name = string.IsNullOrWhiteSpace(request.Name) ? old.Name : request.Name.Trim();
        await households.UpdateHouseholdAsync(member.HouseholdId, name, request.TimeZone ?? old.TimeZone, cancel);
        return TypedResults.Ok(HouseholdBody.From(old with { Name = name, TimeZone = request.TimeZone ?? old.TimeZone }));
    }

    private static async Task<IReadOnlyList<MemberBody>> GetMembers(CurrentMember member, HouseholdMembers households, CancellationToken cancel) =>
        [.. (await households.ListAsync(member.HouseholdId, cancel)).Select(MemberBody.From)];

    /// <summary>
    /// Makes an account, or takes in the one that has this e-mail: it keeps its password, sees the new household in its list and may leave it.
    /// E-mails are not verified here, so the answer says which of the two it was: whoever asked must be able to tell a stranger.
    /// </summary>
    private static async Task<Results<Created<AddedMember>, ProblemHttpResult>> PostMember(
        NewMemberRequest request, CurrentMember member, AccountDirectory accounts, RateLimits limits, CancellationToken cancel)
    {
        // Costs a password hash, and tells whether an e-mail has an account: enough for a family, too few to try a list.
        if (!limits.TryTake("member", member.AccountId.ToString(CultureInfo.InvariantCulture), 20, TimeSpan.FromHours(1)))
        {
            return Problems.Of(StatusCodes.Status429TooManyRequests, "That were many people in a short time; please wait a while.", "tooManyRequests");
        }

        var made = await accounts.CreateAsync(
            new NewAccount
            {
                Email = request.Email.Trim(),
                Password = request.Password,
                Name = string.IsNullOrWhiteSpace(request.Name) ? null : request.Name.Trim(),
                Role = request.Place == Place.Guest ? ServerRole.Visitor : ServerRole.Dev,
                JoinHouseholdId = member.HouseholdId,
                JoinIfKnown = true,
                Place = request.Place,
            },
            cancel);
        if (made.Account is not { } account)
        {
            return made.Refusal == AccountRefusal.AlreadyMember
                ? Problems.Conflict("Somebody with that e-mail address belongs to this household already.", "alreadyMember")
                : Problems.Conflict("That e-mail address is somebody's sign-in name already.", "emailTaken");
        }

        return TypedResults.Created(
            $"/api/v1/household/members/{account.Id}",
            new AddedMember
            {
                AccountId = account.Id,
                Name = account.Name,
                Email = account.Email,
                Username = account.Username,
                Place = request.Place,
                HadAccount = made.WasKnown,
            });
    }

    private static async Task<Results<Ok<MemberBody>, ProblemHttpResult>> PatchMember(
        long accountId, MemberPatch request, CurrentMember member, HouseholdMembers households, SessionLeases watch, CancellationToken cancel)
    {
        var members = await households.ListAsync(member.HouseholdId, cancel);
        if (members.FirstOrDefault(other => other.AccountId == accountId) is not { } found)
        {
            return Problems.NotFound();
        }

        if (member.Place != Place.Owner)
        {
            return Problems.Forbidden("Only an owner manages the members of the household.");
        }

        switch (await households.SetPlaceAsync(member.HouseholdId, accountId, request.Place, cancel))
        {
            case MemberChange.LastOwner:
                return Problems.Conflict("A household needs an owner; make somebody else one first.", "lastOwner");
            case MemberChange.NotFound:
                return Problems.NotFound();
            default:
                await watch.CheckAsync(cancel);
                return TypedResults.Ok(MemberBody.From(found with { Place = request.Place }));
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteMember(
        long accountId, CurrentMember member, HouseholdMembers households, SessionLeases watch, CancellationToken cancel)
    {
        if ((await households.ListAsync(member.HouseholdId, cancel)).All(other => other.AccountId != accountId))
        {
            return Problems.NotFound();
        }

        // Everybody may leave by themselves.
        if (member.Place != Place.Owner && accountId != member.AccountId)
        {
            return Problems.Forbidden("Only an owner manages the members of the household.");
        }

        switch (await households.RemoveAsync(member.HouseholdId, accountId, cancel))
        {
            case MemberChange.LastOwner:
                return Problems.Conflict("A household needs an owner; make somebody else one first.", "lastOwner");
            case MemberChange.NotFound:
                return Problems.NotFound();
            default:
                await watch.CheckAsync(cancel);
                return TypedResults.NoContent();
        }
    }
}

public sealed record HouseholdBody
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required string TimeZone { get; init; }

    public static HouseholdBody From(Household household) => new() { Id = household.Id, Name = household.Name, TimeZone = household.TimeZone };
}

public sealed record HouseholdPatch
{
    [StringLength(200)]
    public string? Name { get; init; }

    [StringLength(64)]
    public string? TimeZone { get; init; }
}

public sealed record MemberBody
{
    public required long AccountId { get; init; }
    public required string? Name { get; init; }
    public required string? Email { get; init; }
    public required string Username { get; init; }
    public required Place Place { get; init; }

    public static MemberBody From(HouseholdMember member) =>
        new() { AccountId = member.AccountId, Name = member.Name, Email = member.Email, Username = member.Username, Place = member.Place };
}

/// <summary>Who was added, and whether they had an account here before (then they keep their password).</summary>
public sealed record AddedMember
{
    public required long AccountId { get; init; }
    public required string? Name { get; init; }
    public required string? Email { get; init; }
    public required string Username { get; init; }
    public required Place Place { get; init; }
    public required bool HadAccount { get; init; }
}

public sealed record NewMemberRequest
{
    [Required, EmailAddress, StringLength(320)]
    public required string Email { get; init; }

    [Required, StringLength(1024, MinimumLength = 8)]
    public required string Password { get; init; }

    [StringLength(200)]
    public string? Name { get; init; }

    [Required, EnumDataType(typeof(Place))]
    public required Place Place { get; init; }
}

public sealed record MemberPatch
{
    [Required, EnumDataType(typeof(Place))]
    public required Place Place { get; init; }
}
