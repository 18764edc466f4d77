using System.Formats.Tar;
using System.Globalization;
using Dapper;
using Vigil.Server.Hosting;

namespace Vigil.Server.Database;

/// <summary>
/// `./vigil restore FILE`: the whole file is opened and checked before anything changes. An embedded cluster that exists is put aside, not deleted;
/// that is also the way from one major version of PostgreSQL to another. A nightly dump will do where keys and settings are still in place.
/// </summary>
internal static class Restore
{
    public static async Task RunAsync(string file, WebApplication app, CancellationToken cancel)
    {
        if (!File.Exists(file))
        {
            throw new RefusedException($"There is no file {Path.GetFullPath(file)}.");
        }

        var aside = await ReadAsync(file, IsDump(file) ? "" : Passphrase.Ask(twice: false), app.Services, cancel);
        Console.WriteLine(aside is null ? "Restored." : $"Restored. The database of before is kept in {aside}; delete it when you are content.");
    }

    internal static async Task<string?> ReadAsync(string file, string passphrase, IServiceProvider services, CancellationToken cancel)
    {
        var paths = services.GetRequiredService<VigilPaths>();
        paths.Create();
        using var mine = DataDirectoryLock.TryTake(paths)
            ?? throw new RefusedException("Vigil is running on this data directory; stop it first.");
        var work = Backup.MakeWorkDirectory(paths);
        try
        {
            var (dump, others) = IsDump(file) ? (await CheckDumpAsync(file, cancel), []) : await OpenBackupAsync(file, passphrase, work, cancel);
            var aside = await PutClusterAsideAsync(paths, services, cancel);
            await using (var database = await OfflineDatabase.OpenAsync(services, cancel))
            {
                await PostgresTools.RestoreAsync(database.ConnectionString, dump, cancel);
                await using var connection = await database.Source.OpenConnectionAsync(cancel);
                // Who ran the loops when the backup was made is of no interest here.
                await connection.ExecuteAsync("update loop_ownership set owner_id = null, backend_pid = null, yields_after_seconds = null; delete from server_instance");
            }

            foreach (var (entry, source) in others)
            {
                var target = entry == Backup.SettingsEntry ? paths.SettingsFile : Path.Combine(paths.Keys, Path.GetFileName(entry));
                await PrivateFile.WriteAsync(target, await File.ReadAllBytesAsync(source, cancel), cancel);
            }

            return aside;
        }
        catch (InvalidOperationException problem)
        {
            throw new RefusedException(problem.Message);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>What the server writes every night is a file of pg_dump.</summary>
    private static bool IsDump(string file)
    {
        using var stream = File.OpenRead(file);
        Span<byte> start = stackalloc byte[5];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PGDMP"u8);
    }

    private static async Task<string> CheckDumpAsync(string file, CancellationToken cancel)
    {
        try
        {
            await PostgresTools.CheckAsync(file, cancel);
            return file;
        }
        catch (InvalidOperationException problem)
        {
            throw new RefusedException($"The dump is damaged or cut off; nothing was changed. ({problem.Message})");
        }
    }

    private static async Task<(string Dump, List<(string Entry, string File)> Others)> OpenBackupAsync(
        string file, string passphrase, string work, CancellationToken cancel)
    {
        var tar = Path.Combine(work, "content.tar");
        await using (var sealedFile = File.OpenRead(file))
        await using (var plain = Backup.CreatePrivate(tar))
        {
            await BackupFile.DecryptAsync(sealedFile, plain, passphrase, cancel);
        }

        return await UnpackAsync(tar, work, cancel);
    }

    /// <summary>Only names that a backup of ours has; whatever else is in the archive stays in it.</summary>
    private static async Task<(string Dump, List<(string Entry, string File)> Others)> UnpackAsync(string tar, string work, CancellationToken cancel)
    {
        string? dump = null;
        var others = new List<(string, string)>();
        await using var reader = new TarReader(File.OpenRead(tar));
        while (await reader.GetNextEntryAsync(copyData: false, cancel) is { } entry)
        {
            var isKey = entry.Name.StartsWith(Backup.KeysFolder, StringComparison.Ordinal)
                && Path.GetFileName(entry.Name) is { Length: > 0 } name && entry.Name == Backup.KeysFolder + name && name != Backup.NotTaken;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !(isKey || entry.Name is Backup.DumpEntry or Backup.SettingsEntry))
            {
                continue;
            }

            var target = Path.Combine(work, Guid.NewGuid().ToString("N"));
            await using (var stream = Backup.CreatePrivate(target))
            {
                await (entry.DataStream ?? Stream.Null).CopyToAsync(stream, cancel);
            }

            if (entry.Name == Backup.DumpEntry)
            {
                dump = target;
            }
            else
            {
                others.Add((entry.Name, target));
            }
        }

        return (dump ?? throw new RefusedException("The backup holds no database."), others);
    }

    private static async Task<string?> PutClusterAsideAsync(VigilPaths paths, IServiceProvider services, CancellationToken cancel)
    {
        if (services.GetService<EmbeddedPostgres>() is not { } embedded || !Directory.Exists(paths.Database))
        {
            return null;
        }

        await embedded.StopAsync(cancel);
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var aside = string.Create(CultureInfo.InvariantCulture, $"{paths.Database}-before-{now:yyyyMMdd-HHmmss}");
        Directory.Move(paths.Database, aside);
        return aside;
    }
}
