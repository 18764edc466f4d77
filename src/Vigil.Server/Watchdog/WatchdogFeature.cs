namespace Vigil.Server.Watchdog;

public static class WatchdogFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddWatchdog()
        {
            builder.Services.AddHostedService<CameraWatch>();
            builder.Services.AddHostedService<PulseWatch>();
        }
    }
}
