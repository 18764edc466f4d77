using Vigil.Server.Hosting;

namespace Vigil.Server.Detection;

public static class DetectionFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddDetection()
        {
            var services = builder.Services;
            services.AddSingleton<Broadcast<DeviceLevel>>();
            services.AddSingleton<LevelTable>();
            services.AddSingleton<MonitorSocket>();
            services.AddHostedService(provider => provider.GetRequiredService<LevelTable>());
            services.AddHostedService<SoundDetector>();
        }
    }

    extension(WebApplication app)
    {
        public void MapDetection()
        {
            LevelEndpoints.Map(app);
            MonitorSocket.Map(app);
        }
    }
}
