using Microsoft.AspNetCore.Authorization;

namespace Vigil.Server.Accounts;

/// <summary>The server role: administration only. It never opens another household's media, readings, events or chat.</summary>
public enum ServerRole
{
    Visitor,
    Dev,
    Admin,
    Superadmin,
}

/// <summary>The place in one household.</summary>
public enum Place
{
    Guest,
    Parent,
    Owner,
}

/// <summary>
/// Who is asking, in which household, through which login session. Take it as a handler parameter; endpoints that allow strangers use <see cref="Of"/>.
/// </summary>
public sealed record CurrentMember
{
    public required long AccountId { get; init; }
    public required Guid AccountUid { get; init; }
    public required string? Email { get; init; }
    public required string Username { get; init; }
    public required string? Name { get; init; }
    public required ServerRole Role { get; init; }
    public required long HouseholdId { get; init; }
    public required string HouseholdName { get; init; }
    public required Place Place { get; init; }

    /// <summary>No member of this household: somebody granted them a camera. <see cref="Place"/> is then guest, and most routes are closed.</summary>
    public bool IsOutsider { get; init; }

    /// <summary>Of the cameras here sees what was granted, and owns none: a guest of the household, or an outsider.</summary>
    public bool IsGuest => IsOutsider || Place == Place.Guest;

    public required long SessionId { get; init; }
    public required Guid SessionUid { get; init; }

    /// <summary>IANA name of the household's zone, for example Europe/Zagreb.</summary>
    public required string TimeZone { get; init; }

    /// <summary>A visitor of this server looks at what there is, also in a household of their own.</summary>
    public bool MayAddCameras => Role >= ServerRole.Dev && Place is (Place.Owner or Place.Parent);

    public bool IsAdministrator => Role >= ServerRole.Admin;

    /// <summary>The member behind a request, or null for a stranger.</summary>
    public static CurrentMember? Of(HttpContext context) => context.Features.Get<CurrentMember>();
}

public static class MemberAuthorization
{
    /// <summary>Signed in, and with one of these places in the current household; otherwise 403.</summary>
    public static TBuilder RequireHouseholdPlace<TBuilder>(this TBuilder endpoint, params Place[] places)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(policy => policy
            .RequireAuthenticatedUser()
            .RequireAssertion(context =>
                context.Resource is HttpContext http && CurrentMember.Of(http) is { IsOutsider: false } member && places.Contains(member.Place)));

    /// <summary>
    /// Outsiders may call this, too: it is about themselves, or it asks <c>CameraAccess</c>. Every other route of a household answers them 403.
    /// </summary>
    public static TBuilder OpenToOutsiders<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(OutsidersMayEnter.Mark);

    /// <summary>Part of every policy that asks for no place.</summary>
    public static bool MayEnter(AuthorizationHandlerContext context) =>
        context.Resource is not HttpContext http || CurrentMember.Of(http) is not { IsOutsider: true }
        || http.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<OutsidersMayEnter>() is not null;

    /// <summary>Signed in with at least this server role; otherwise 403.</summary>
    public static TBuilder RequireServerRole<TBuilder>(this TBuilder endpoint, ServerRole role)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(policy => policy
            .RequireAuthenticatedUser()
            .RequireAssertion(context => context.Resource is HttpContext http && CurrentMember.Of(http) is { } member && member.Role >= role));
}

internal sealed class OutsidersMayEnter
{
    public static readonly OutsidersMayEnter Mark = new();
}
