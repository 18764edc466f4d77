namespace Vigil.Server.Events;

public static class EventsFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddEvents()
        {
            var services = builder.Services;
            services.AddSingleton<EventTable>();
            services.AddSingleton<EventLog>();
            services.AddSingleton<EventAccess>();
            services.AddSingleton<LivePages>();
            services.AddSingleton<LiveSocket>();
            services.AddHostedService<EventFiler>();
            services.AddHostedService<EventEcho>();
            services.AddHostedService<LevelEcho>();
            services.AddHostedService(provider => provider.GetRequiredService<LivePages>());
        }
    }

    extension(WebApplication app)
    {
        public void MapEvents()
        {
            EventEndpoints.Map(app);
            LiveSocket.Map(app);
            HealthCheckEndpoint.Map(app);
        }
    }
}
