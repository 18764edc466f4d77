using Microsoft.AspNetCore.Authentication;
using Vigil.Server.Devices.Redis;
using Vigil.Server.Devices.Signaling;

namespace Vigil.Server.Devices;

public static class DevicesFeature
{
    extension(WebApplicationBuilder builder)
    {
        public void AddDevices()
        {
            var services = builder.Services;
            services.AddSingleton<DeviceKeys>();
            services.AddSingleton<DevicePairings>();
            services.AddSingleton<RoomPlayback>();
            services.AddSingleton<RoomPresence>();
            services.AddHostedService<DeviceKeyWatch>();
            services.AddSingleton<SignalSecrets>();
            services.AddSingleton<SignalDevices>();
            services.AddSingleton<SignalPairings>();
            services.AddSingleton<SignalPresence>();
            var redis = RedisAddress.Of(builder.Configuration);
            services.AddSingleton(provider => new RedisClient(
                redis, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RedisClient>>()));
            services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, DeviceAuthentication>(DeviceAuthentication.Scheme, null);
        }
    }
}
