namespace Vigil.Server.Live.Signaling;

/// <summary>The part of Live in which the server sees no media: devices and viewers meet, and send to each other.</summary>
internal static class SignalingFeature
{
    public static void Add(WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<SignalingOptions>().Bind(builder.Configuration.GetSection(SignalingOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<WatchLog>();
        services.AddHostedService(provider => provider.GetRequiredService<WatchLog>());
        services.AddSingleton<TurnProbe>();
        services.AddHostedService(provider => provider.GetRequiredService<TurnProbe>());
        services.AddSingleton<SignalNodes>();
        services.AddSingleton<SignalHub>();
        services.AddSingleton<WatchSessions>();
        services.AddSingleton<DeviceHello>();
        services.AddSingleton<DeviceAdoption>();
        services.AddSingleton<ProxyAsks>();
        services.AddSingleton<ProxyOffers>();
        services.AddSingleton<DevicePublishing>();
        services.AddSingleton<DeviceSocket>();
        services.AddSingleton<ViewerSocket>();
        services.AddHostedService<SignalSweep>();
        services.AddHostedService<SignalNodeLoop>();
    }

    public static void Map(WebApplication app)
    {
        app.Lifetime.ApplicationStopping.Register(() => app.Services.GetRequiredService<SignalHub>().SayGoodbye());
        SignalEndpoints.Map(app);
        DeviceProxy.Map(app);
        DeviceSocket.Map(app);
        ViewerSocket.Map(app);
        SignalDeviceEndpoints.Map(app);
        NodeEndpoints.Map(app);
    }
}
