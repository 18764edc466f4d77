using Vigil.Server.Detection.Motion;
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
            services.AddSingleton<CryTuning>();
            services.AddSingleton<CryBook>();
            services.AddSingleton<CryEars>();
            services.AddSingleton<MonitorSocket>();
            services.AddHostedService(provider => provider.GetRequiredService<LevelTable>());
            services.AddHostedService(provider => provider.GetRequiredService<CryBook>());
            services.AddHostedService<SoundDetector>();
            services.AddSingleton<MotionBook>();
            services.AddHostedService<MotionWatch>();
        }
    }

    extension(WebApplication app)
    {
        public void MapDetection()
        {
            LevelEndpoints.Map(app);
            HearingEndpoints.Map(app);
            MotionEndpoints.Map(app);
            MonitorSocket.Map(app);
        }
    }
}
