using System.Formats.Tar;
using Vigil.Server.Hosting;

namespace Vigil.Server.Database;

/// <summary>`./vigil backup FILE`: database, settings file and keys, sealed with a passphrase. Works beside a running server. Recordings are not in it.</summary>
internal static class Backup
{
    public const string DumpEntry = "database.dump";
    public const string KeysFolder = "keys/";
    public const string SettingsEntry = "settings.json";

    /// <summary>Belongs to this cluster, not to its content; a restored cluster makes its own.</summary>
    public const string NotTaken = "database-password";

    public static async Task RunAsync(string file, WebApplication app, CancellationToken cancel)
    {
        var target = Path.GetFullPath(file);
        if (File.Exists(target))
        {
            throw new RefusedException($"{target} exists already; choose another name.");
        }

        var passphrase = Passphrase.Ask(twice: true);
        await WriteAsync(target, passphrase, app.Services, cancel);
        Console.WriteLine($"Written: {target} ({new FileInfo(target).Length / 1024} KiB). Without the passphrase it is worth nothing; recordings are not in it.");
    }

    internal static async Task WriteAsync(string target, string passphrase, IServiceProvider services, CancellationToken cancel)
    {
        var paths = services.GetRequiredService<VigilPaths>();
        var work = MakeWorkDirectory(paths);
        var unfinished = target + ".part";
        try
        {
            await using var database = await OfflineDatabase.OpenAsync(services, cancel);
            var dump = Path.Combine(work, DumpEntry);
            await PostgresTools.DumpAsync(database.ConnectionString, dump, cancel);

            var tar = Path.Combine(work, "content.tar");
            await using (var writer = new TarWriter(CreatePrivate(tar), TarEntryFormat.Pax, leaveOpen: false))
            {
                await writer.WriteEntryAsync(dump, DumpEntry, cancel);
                foreach (var key in Directory.EnumerateFiles(paths.Keys).Where(name => Path.GetFileName(name) != NotTaken && !name.EndsWith(".new", StringComparison.Ordinal)))
                {
                    await writer.WriteEntryAsync(key, KeysFolder + Path.GetFileName(key), cancel);
                }

                if (File.Exists(paths.SettingsFile))
                {
                    await writer.WriteEntryAsync(paths.SettingsFile, SettingsEntry, cancel);
                }
            }

            await using (var plain = File.OpenRead(tar))
            await using (var sealedFile = CreatePrivate(unfinished))
            {
                await BackupFile.EncryptAsync(plain, sealedFile, passphrase, cancel);
                sealedFile.Flush(flushToDisk: true);
            }

            File.Move(unfinished, target);
        }
        catch (InvalidOperationException problem)
        {
            throw new RefusedException(problem.Message);
        }
        finally
        {
            File.Delete(unfinished);
            Directory.Delete(work, recursive: true);
        }
    }

    internal static string MakeWorkDirectory(VigilPaths paths)
    {
        var work = Path.Combine(paths.Data, $".work-{Guid.NewGuid():N}");
        Directory.CreateDirectory(work, VigilPaths.Private);
        return work;
    }

    internal static FileStream CreatePrivate(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = PrivateFile.Mode });
}
