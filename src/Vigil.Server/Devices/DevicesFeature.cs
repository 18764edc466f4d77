using Microsoft.AspNetCore.Authentication;

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
            services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, DeviceAuthentication>(DeviceAuthentication.Scheme, null);
        }
    }
}
