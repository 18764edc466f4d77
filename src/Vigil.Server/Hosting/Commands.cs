using Vigil.Server.Accounts;
using Vigil.Server.Database;
using Vigil.Server.Detection;

namespace Vigil.Server.Hosting;

/// <summary>What the server binary can do besides serving; `./vigil` passes these verbs on.</summary>
public static class Commands
{
    /// <summary>Name of the host environment while a command runs.</summary>
    public const string Environment = "Command";

    /// <summary>The command named by the first argument, or null: serve.</summary>
    public static Func<string[], Task<int>>? Find(string[] args) => args.FirstOrDefault() switch
    {
        "reset-password" => rest => RunAsync(rest, "reset-password EMAIL", ResetPassword.RunAsync),
        "backup" => rest => RunAsync(rest, "backup FILE", Backup.RunAsync),
        "restore" => rest => RunAsync(rest, "restore FILE", Restore.RunAsync, mayBegin: true),
        "stop-database" => StopDatabaseAsync,
        "hear" => HearCommand.RunAsync,
        _ => null,
    };

    private static async Task<int> RunAsync(string[] args, string usage, Func<string, WebApplication, CancellationToken, Task> command, bool mayBegin = false)
    {
        if (args.Length == 0 || args[0].StartsWith('-'))
        {
            await Console.Error.WriteLineAsync($"usage: ./vigil {usage} [--data DIR]");
            return 2;
        }

        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        try
        {
            await using var app = VigilServer.Build([.. args[1..], "--environment", Environment]);
            var paths = app.Services.GetRequiredService<VigilPaths>();
            if (!mayBegin && app.Services.GetService<EmbeddedPostgres>() is not null && !Directory.Exists(paths.Database))
            {
                throw new RefusedException($"There is no Vigil in {paths.Data}: name its directory with --data.");
            }

            paths.Create();
            await command(args[0], app, stop.Token);
            return 0;
        }
        catch (RefusedException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return 130;
        }
    }

    /// <summary>For the supervisor, after a server that could not do it itself.</summary>
    private static async Task<int> StopDatabaseAsync(string[] args)
    {
        try
        {
            await using var app = VigilServer.Build(args);
            // A lock that somebody holds is a living server's, and so is the database.
            using var mine = DataDirectoryLock.TryTake(app.Services.GetRequiredService<VigilPaths>());
            if (mine is not null && app.Services.GetService<EmbeddedPostgres>() is { } embedded)
            {
                await embedded.StopAsync(CancellationToken.None);
            }
        }
        catch (RefusedException)
        {
            // The server has said it.
        }

        return 0;
    }
}
