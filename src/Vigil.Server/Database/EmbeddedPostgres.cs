using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Database;

/// <summary>
/// Vigil's own PostgreSQL cluster, made from the machine's binaries: no TCP, one socket in a private directory, password asked even there.
/// Started through pg_ctl, which detaches it, so that ctrl-C at the terminal reaches Vigil alone and Vigil stops the database in order.
/// </summary>
public sealed partial class EmbeddedPostgres(
    string clusterDirectory, string socketDirectory, string passwordFile, ILogger<EmbeddedPostgres> log, IReadOnlyList<string>? extraSettings = null)
{
    private const string Superuser = "vigil";
    private const string DatabaseName = "vigil";
    private const int OldestMajor = 15;

    public static EmbeddedPostgres For(IServiceProvider services)
    {
        var paths = services.GetRequiredService<VigilPaths>();
        return new EmbeddedPostgres(
            paths.Database, paths.Runtime, Path.Combine(paths.Keys, "database-password"), services.GetRequiredService<ILogger<EmbeddedPostgres>>());
    }

    /// <summary>Without the password, which exists only after the first start; see <see cref="ReadPassword"/>.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = socketDirectory,
        Username = Superuser,
        Database = DatabaseName,
    }.ConnectionString;

    public string ReadPassword() => File.Exists(passwordFile) ? File.ReadAllText(passwordFile).Trim() : "not made yet";

    /// <summary>The directory with postgres, initdb and pg_dump of the newest installed version that is new enough, or null.</summary>
    public static string? FindBinaries(int? major = null)
    {
        const string Debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian)
                .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var number) ? number : 0)
                .Where(number => number >= OldestMajor && File.Exists($"{Debian}/{number}/bin/initdb"))
                .OrderDescending()
                .ToList()
            : [];
        var chosen = major is { } wanted ? versions.Find(number => number == wanted) : versions.FirstOrDefault();
        return chosen == 0 ? null : $"{Debian}/{chosen}/bin";
    }

    /// <summary>Makes the cluster if there is none, adopts a living one, starts it otherwise.</summary>
    /// <exception cref="RefusedException">No binaries, or a cluster of another major version.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        var binaries = ChooseBinaries();
        PrepareSocketDirectory();
        if (!File.Exists(Path.Combine(clusterDirectory, "PG_VERSION")))
        {
            await CreateAsync(binaries, cancel);
        }

        if (IsAlive())
        {
            if (LivingSocketDirectory() == socketDirectory)
            {
                LogAdopted();
                return;
            }

            // Started by an earlier run whose runtime directory was elsewhere: nobody could reach it under our address.
            await StopAsync(cancel);
            PrepareSocketDirectory();
        }

        var settings = string.Join(' ', new[]
        {
            "listen_addresses=''",
            $"unix_socket_directories='{socketDirectory}'",
            "unix_socket_permissions=0700",
            "max_connections=60",
            "shared_buffers=64MB",
            "timezone=UTC",
        }.Concat(extraSettings ?? []).Select(setting => $"-c {setting}"));
        var logFile = Path.Combine(clusterDirectory, "postgres.log");
        // Half a start would leave behind a database that nobody stops.
        cancel.ThrowIfCancellationRequested();
        var (code, output) = await RunAsync(
            Path.Combine(binaries, "pg_ctl"), ["start", "-D", clusterDirectory, "-l", logFile, "-w", "-t", "60", "-s", "-o", settings], CancellationToken.None);
        if (code != 0)
        {
            throw new InvalidOperationException($"pg_ctl start answered {code}: {output.Trim()} (see {logFile})");
        }

        LogStarted(Path.GetFileName(Path.GetDirectoryName(binaries)!));
    }

    /// <summary>Fast stop: sessions end, everything is written, the socket's directory goes. Does no more than the last when the cluster is not running.</summary>
    public async Task StopAsync(CancellationToken cancel)
    {
        if (IsAlive() && FindBinaries(ClusterMajor()) is { } binaries)
        {
            var (code, output) = await RunAsync(
                Path.Combine(binaries, "pg_ctl"), ["stop", "-D", clusterDirectory, "-m", "fast", "-w", "-t", "60", "-s"], cancel);
            if (code != 0)
            {
                LogStopFailed(code, output.Trim());
            }
        }

        try
        {
            Directory.Delete(socketDirectory);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Never made, or somebody's socket is still in it.
        }
    }

    /// <summary>True while the process named in postmaster.pid exists and is a postgres.</summary>
    public bool IsAlive()
    {
        var lines = PidFile();
        if (lines.Length == 0 || !int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid))
        {
            return false;
        }

        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").StartsWith("postgres", StringComparison.Ordinal)
                && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string ChooseBinaries()
    {
        if (ClusterMajor() is { } major)
        {
            return FindBinaries(major) ?? throw new RefusedException(
                $"The data directory {clusterDirectory} was made by PostgreSQL {major}, which is not installed here: install postgresql-{major}, or bring your data over with ./vigil restore FILE, where FILE is a backup or the newest file in the folder dumps beside it.");
        }

        return FindBinaries() ?? throw new RefusedException(
            $"No PostgreSQL {OldestMajor} or newer was found under /usr/lib/postgresql: install the package postgresql, or set ConnectionStrings__Vigil.");
    }

    private int? ClusterMajor()
    {
        var file = Path.Combine(clusterDirectory, "PG_VERSION");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture, out var major) ? major : null;
    }

    private async Task CreateAsync(string binaries, CancellationToken cancel)
    {
        if (!File.Exists(passwordFile))
        {
            var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
            await PrivateFile.WriteAsync(passwordFile, password + "\n", cancel);
        }

        Directory.CreateDirectory(clusterDirectory, VigilPaths.Private);
        // initdb runs as the unprivileged user and must read the password: it gets a copy inside its own directory's neighbour.
        var handedOver = Path.Combine(socketDirectory, ".initdb-password");
        await PrivateFile.WriteAsync(handedOver, ReadPassword() + "\n", cancel);
        try
        {
            await GiveToChildUserAsync(clusterDirectory, cancel);
            await GiveToChildUserAsync(handedOver, cancel);
            var (code, output) = await RunAsync(
                Path.Combine(binaries, "initdb"),
                [
                    "-D", clusterDirectory, "-U", Superuser, "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
                    "--auth-local=scram-sha-256", "--auth-host=reject", $"--pwfile={handedOver}",
                ],
                CancellationToken.None);
            if (code != 0)
            {
                throw new RefusedException($"PostgreSQL could not make a database in {clusterDirectory}: {output.Trim().ReplaceLineEndings(" ")}");
            }
        }
        finally
        {
            File.Delete(handedOver);
        }
    }

    /// <summary>The first connection: the cluster has only `postgres` in it.</summary>
    public async Task EnsureDatabaseAsync(CancellationToken cancel)
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Password = ReadPassword(), Pooling = false, Timeout = 4 };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancel);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = DatabaseName } } };
        if (await exists.ExecuteScalarAsync(cancel) is null)
        {
            await using var create = new NpgsqlCommand($"create database {DatabaseName}", connection);
            await create.ExecuteNonQueryAsync(cancel);
        }
    }

    private void PrepareSocketDirectory()
    {
        if (Directory.Exists(socketDirectory) && !Environment.IsPrivilegedProcess)
        {
            // Below /tmp somebody else may have been first.
            File.SetUnixFileMode(socketDirectory, VigilPaths.Private);
        }

        Directory.CreateDirectory(socketDirectory, VigilPaths.Private);
        if (VigilPaths.ChildUser is { } user)
        {
            Chown(socketDirectory, user);
        }
    }

    private static Task GiveToChildUserAsync(string path, CancellationToken cancel)
    {
        if (VigilPaths.ChildUser is { } user)
        {
            cancel.ThrowIfCancellationRequested();
            Chown(path, user);
        }

        return Task.CompletedTask;
    }

    private static void Chown(string path, string user)
    {
        using var process = Process.Start(new ProcessStartInfo("chown", ["--", $"{user}:", path]) { RedirectStandardError = true })
            ?? throw new InvalidOperationException("chown did not start.");
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new RefusedException($"As root, Vigil runs PostgreSQL as the user {user}, and could not hand {path} to it.");
        }
    }

    private string[] PidFile()
    {
        try
        {
            return File.ReadAllLines(Path.Combine(clusterDirectory, "postmaster.pid"));
        }
        catch (IOException)
        {
            return [];
        }
    }

    // postmaster.pid: pid, data directory, start time, port, socket directory, …
    private string? LivingSocketDirectory() => PidFile() is { Length: > 4 } lines ? lines[4] : null;

    private static async Task<(int Code, string Output)> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        string[] command = VigilPaths.ChildUser is { } user
            ? ["setpriv", $"--reuid={user}", $"--regid={user}", "--init-groups", "--", program, .. arguments]
            : [program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            // The parent's LC_* may name a locale this machine does not have.
            Environment = { ["LC_ALL"] = "C.UTF-8" },
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        // pg_ctl's child inherits no pipe of ours (-l), so both streams end with pg_ctl itself.
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return (process.ExitCode, await errors + await output);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "PostgreSQL {Major} started (private, no network).")]
    private partial void LogStarted(string major);

    [LoggerMessage(Level = LogLevel.Information, Message = "This data directory's PostgreSQL was running already.")]
    private partial void LogAdopted();

    [LoggerMessage(Level = LogLevel.Warning, Message = "pg_ctl stop answered {Code}: {Output}")]
    private partial void LogStopFailed(int code, string output);
}
