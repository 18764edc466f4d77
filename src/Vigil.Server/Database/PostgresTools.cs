using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Database;

/// <summary>pg_dump and pg_restore as child processes. Passwords travel in the environment, never in arguments.</summary>
internal static class PostgresTools
{
    public static Task DumpAsync(string connectionString, string file, CancellationToken cancel)
    {
        // The dump holds every household's rows: nobody else may read it, from the first byte.
        File.Delete(file);
        new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = PrivateFile.Mode }).Dispose();
        return RunAsync("pg_dump", ["--format=custom", "--compress=6", "--no-owner", "--no-privileges", $"--file={file}"], connectionString, cancel);
    }

    public static Task RestoreAsync(string connectionString, string file, CancellationToken cancel) => RunAsync(
        "pg_restore", ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", $"--dbname={Name(connectionString)}", file],
        connectionString, cancel);

    /// <summary>Reads a dump from end to end without touching a database.</summary>
    public static Task CheckAsync(string file, CancellationToken cancel) =>
        RunAsync("pg_restore", ["--file=/dev/null", file], "", cancel);

    private static string Name(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Database ?? "vigil";

    private static async Task RunAsync(string program, string[] arguments, string connectionString, CancellationToken cancel)
    {
        var binaries = EmbeddedPostgres.FindBinaries()
            ?? throw new RefusedException($"{program} was not found under /usr/lib/postgresql; install the package postgresql-client.");
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(Path.Combine(binaries, program), arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["PGHOST"] = settings.Host,
                ["PGPORT"] = settings.Port.ToString(CultureInfo.InvariantCulture),
                ["PGUSER"] = settings.Username,
                ["PGDATABASE"] = settings.Database,
                ["PGPASSWORD"] = settings.Password,
                ["PGSSLMODE"] = settings.SslMode switch { SslMode.VerifyFull => "verify-full", SslMode.VerifyCA => "verify-ca", var mode => mode.ToString().ToLowerInvariant() },
                ["LC_ALL"] = "C.UTF-8",
            },
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancel);
            await process.StandardOutput.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"{program} answered {process.ExitCode}: {(await errors).Trim()}");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
