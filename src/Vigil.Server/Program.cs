using Vigil.Server;
using Vigil.Server.Accounts;
using Vigil.Server.Cameras;
using Vigil.Server.Database;
using Vigil.Server.Detection;
using Vigil.Server.Devices;
using Vigil.Server.Events;
using Vigil.Server.Health;
using Vigil.Server.Hosting;
using Vigil.Server.Live;
using Vigil.Server.Recordings;
using Vigil.Server.Watchdog;

if (Commands.Find(args) is { } command)
{
    return await command(args[1..]);
}

return await VigilServer.RunAsync(args);

namespace Vigil.Server
{
    /// <summary>The table of contents: infrastructure, then one line per feature. Nothing here starts work; hosted services do.</summary>
    public static class VigilServer
    {
        public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
        {
            var builder = HostBuilding.Create(args);
            builder.AddHosting();
            builder.AddDatabase();

            builder.AddAccounts();
            builder.AddDevices();
            builder.AddCameras();
            builder.AddEvents();
            builder.AddLive();
            builder.AddRecordings();
            builder.AddDetection();
            builder.AddHealth();
            builder.AddWatchdog();
            // Features, in the order of the feature map: builder.AddX().

            adjust?.Invoke(builder);
            if (HostBuilding.IsOnlyDescribed)
            {
                builder.RemoveWork();
            }

            var app = builder.Build();
            app.UseHosting();

            app.MapHosting();
            app.MapAccounts();
            app.MapCameras();
            app.MapEvents();
            app.MapLive();
            app.MapRecordings();
            app.MapDetection();
            app.MapHealth();
            // Features, in the same order: app.MapX().
            return app;
        }

        public static Task<int> RunAsync(string[] args) => Serving.RunAsync(() => Build(args));
    }
}
