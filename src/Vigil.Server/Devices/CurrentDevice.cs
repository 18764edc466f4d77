using Vigil.Server.Accounts;

namespace Vigil.Server.Devices;

/// <summary>The device that asks, by its key. Never a member: it opens its own camera within its scopes, on the routes that say so.</summary>
public sealed record CurrentDevice
{
    public required long KeyId { get; init; }

    public required long HouseholdId { get; init; }

    public required int CameraId { get; init; }

    public required string Name { get; init; }

    public required IReadOnlyList<DeviceScope> Scopes { get; init; }

    /// <summary>The device behind a request, or null when it is somebody else.</summary>
    public static CurrentDevice? Of(HttpContext context) => context.Features.Get<CurrentDevice>();
}

public static class DeviceAuthorization
{
    /// <summary>Lets members and device keys in; the route's own door decides what each may do. Elsewhere a device key is no sign-in at all.</summary>
    public static TBuilder AcceptDeviceKey<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(policy => policy
            .AddAuthenticationSchemes(MemberAuthentication.Scheme, DeviceAuthentication.Scheme).RequireAuthenticatedUser()
            .RequireAssertion(MemberAuthorization.MayEnter));
}
