using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Vigil.Server.Tests.Architecture;

public sealed class EndpointTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void Every_endpoint_has_decided_who_may_call_it() =>
        Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<IAuthorizeData>() is null
                && endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is null && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
            .Select(endpoint => endpoint.RoutePattern.RawText).ShouldBeEmpty();

    [Fact]
    public void Strangers_may_call_only_what_is_listed_here()
    {
        string[] open =
        [
            "/", "/camera", "/health", "/health-check", "/openapi/{documentName}.json", "/api/schema",
            "/api/v1/setup", "/api/v1/session", "/api/v1/register", "/api/v1/devices/pair", "/ws/room",
            "/api/devices", "/api/devices/register", "/api/devices/pair", "/api/devices/{device_id}/status", "/api/pairing/generate", "/ws/device", "/ws/viewer",
            "/health/test/endpoint", @"/ws/{user_id:regex(^\d+$)}",
            "/auth/register", "/auth/token", "/auth/login", "/auth/test", "/api/auth/register", "/api/auth/login",
            "/v0/api/users/auth/login", "/v0/api/users/auth/refresh", "/v0/api/users/auth/request-password-reset", "/v0/api/users/auth/verify-password-reset",
            "/v0/api/token/", "/v0/api/token/refresh",
            "/trust", "/trust/check", "/trust/qr.svg", "/trust/ca.crt", "/trust/ca.pem", "/trust/vigil.mobileconfig", "/api/v1/trust",
        ];

        Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(endpoint => endpoint.RoutePattern.RawText).Distinct().Except(open).ShouldBeEmpty();
    }

    [Fact]
    public void Request_bodies_are_public_types_because_validation_silently_skips_others() =>
        Endpoints().Select(endpoint => endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType)
            .OfType<Type>().Where(type => !type.IsVisible).ShouldBeEmpty();

    [Fact]
    public void Our_own_api_lives_under_api_v1_and_contract_paths_never_reach_the_pages() =>
        Endpoints().Select(endpoint => endpoint.RoutePattern.RawText ?? "").Where(path => path.StartsWith("/app", StringComparison.Ordinal)).ShouldBeEmpty();

    private IEnumerable<RouteEndpoint> Endpoints() => _server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();
}
