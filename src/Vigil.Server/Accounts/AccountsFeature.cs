using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Vigil.Server.Accounts;

public static class AccountsFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddAccounts()
        {
            var services = builder.Services;
            services.AddHttpContextAccessor();
            services.AddSingleton<Passwords>();
            services.AddSingleton<AccountDirectory>();
            services.AddSingleton<HouseholdMembers>();
            services.AddSingleton<LoginSessions>();
            services.AddSingleton<SessionLeases>();
            services.AddHostedService(provider => provider.GetRequiredService<SessionLeases>());
            services.AddSingleton<TokenKeys>();
            services.AddSingleton<AccessTokens>();
            services.AddSingleton<MemberTokens>();
            services.AddSingleton<SignInThrottle>();
            services.AddSingleton<SignIn>();
            services.AddSingleton<ServerSettings>();
            services.AddSingleton<SetupCode>();
            services.AddSingleton<Registration>();
            services.AddSingleton<StorageTotals>();
            services.AddHostedService<AccountCleaning>();
            services.AddHostedService<Welcome>();
            services.AddOptions<AccountOptions>().BindConfiguration("Accounts").ValidateOnStart();
            services.AddSingleton<IValidateOptions<AccountOptions>, AccountOptionsValidator>();
            services.AddScoped(provider => provider.GetRequiredService<IHttpContextAccessor>().HttpContext is { } http && CurrentMember.Of(http) is { } member
                ? member
                : throw new InvalidOperationException("This endpoint asks for the current member but lets strangers in."));
            services.AddAuthentication(MemberAuthentication.Scheme)
                .AddScheme<AuthenticationSchemeOptions, MemberAuthentication>(MemberAuthentication.Scheme, null);
            // Whatever does not say otherwise is for signed-in members; unknown paths too, so strangers learn nothing from 404s.
            var signedIn = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(MemberAuthorization.MayEnter).Build();
            services.AddAuthorizationBuilder().SetDefaultPolicy(signedIn).SetFallbackPolicy(signedIn);
        }
    }

    extension(WebApplication app)
    {
        public void MapAccounts()
        {
            MeEndpoints.Map(app);
            HouseholdEndpoints.Map(app);
            HealthSignInEndpoints.Map(app);
            SignalingSignInEndpoints.Map(app);
            AdminEndpoints.Map(app);
            CctvSignInEndpoints.Map(app);
            CctvUserEndpoints.Map(app);
            CctvSessionEndpoints.Map(app);
        }
    }
}
