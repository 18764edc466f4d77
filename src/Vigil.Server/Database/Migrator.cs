using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;
using Vigil.Server.Hosting;

namespace Vigil.Server.Database;

/// <summary>Applies the forward-only files of Database/Migrations in order, each in its own transaction, under an advisory lock.</summary>
public sealed partial class Migrator(ILogger<Migrator> log)
{
    /// <summary>Any constant will do, as long as nothing else uses it. "vigil" on a telephone keypad.</summary>
    private const long LockKey = 84445;

    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <exception cref="RefusedException">The database was made by a newer Vigil, or an applied file was edited.</exception>
    public async Task RunAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync("select pg_advisory_lock(@LockKey)", new { LockKey });
        try
        {
            await connection.ExecuteAsync(
                """
                create table if not exists migration (
                    number int primary key,
                    name text not null,
                    checksum text not null,
                    applied_at timestamptz not null default now()
                )
                """);
            var applied = (await connection.QueryAsync<AppliedRow>("select number, name, checksum from migration")).ToDictionary(row => row.Number);
            Check(applied.Values);
            foreach (var migration in All.Where(migration => !applied.ContainsKey(migration.Number)))
            {
                await using var transaction = await connection.BeginTransactionAsync(cancel);
                await connection.ExecuteAsync(migration.Sql, transaction: transaction);
                await connection.ExecuteAsync(
                    "insert into migration (number, name, checksum) values (@Number, @Name, @Checksum)", migration, transaction);
                await transaction.CommitAsync(cancel);
                LogApplied(migration.Name);
            }
        }
        finally
        {
            await connection.ExecuteAsync("select pg_advisory_unlock(@LockKey)", new { LockKey });
        }
    }

    private static void Check(IEnumerable<AppliedRow> applied)
    {
        var known = All.ToDictionary(migration => migration.Number);
        foreach (var row in applied)
        {
            if (!known.TryGetValue(row.Number, out var migration))
            {
                throw new RefusedException(
                    $"This database was written by a newer Vigil (it has migration {row.Name}); install that version, or restore an older backup with ./vigil restore.");
            }

            if (migration.Checksum != row.Checksum)
            {
                throw new RefusedException(
                    $"Migration {row.Name} differs from the one this database was made with; migrations are never edited after they have been applied.");
            }
        }
    }

    private static List<Migration> Load()
    {
        const string Prefix = "Vigil.Server.Database.Migrations.";
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
                .Select(resource =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
                    var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
                    var name = resource[Prefix.Length..^".sql".Length];
                    return new Migration
                    {
                        Number = int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture),
                        Name = name,
                        Sql = sql,
                        Checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))),
                    };
                })
                .OrderBy(migration => migration.Number),
        ];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Database migrated: {Name}.")]
    private partial void LogApplied(string name);

    private sealed class AppliedRow
    {
        public int Number { get; init; }
        public string Name { get; init; } = "";
        public string Checksum { get; init; } = "";
    }
}

/// <summary>One file of Database/Migrations.</summary>
public sealed record Migration
{
    public required int Number { get; init; }
    public required string Name { get; init; }
    public required string Sql { get; init; }
    public required string Checksum { get; init; }
}
