using System.Security.Cryptography;
using System.Text;

namespace Vigil.Server.Hosting;

/// <summary>Where Vigil keeps things. Everything that must survive lives under one data directory; sockets live in a short runtime one.</summary>
public sealed class VigilPaths
{
    public VigilPaths(string dataDirectory)
    {
        Data = Path.GetFullPath(dataDirectory);
        Runtime = RuntimeFor(Data);
    }

    /// <summary>All state: `--data DIR`, or /var/lib/vigil as root, else ~/.local/share/vigil.</summary>
    public string Data { get; }

    /// <summary>The private PostgreSQL cluster (absent when an external database is configured).</summary>
    public string Database => Path.Combine(Data, "database");

    /// <summary>Recorded segments.</summary>
    public string Segments => Path.Combine(Data, "segments");

    /// <summary>Data Protection keys, token keys, the authority and certificate of https. Mode 0700, files 0600.</summary>
    public string Keys => Path.Combine(Data, "keys");

    /// <summary>Observations that wait for the database.</summary>
    public string Spool => Path.Combine(Data, "spool");

    /// <summary>Nightly dumps.</summary>
    public string Dumps => Path.Combine(Data, "dumps");

    /// <summary>Optional settings, the same names as the environment's; see docs. Mode 0600.</summary>
    public string SettingsFile => Path.Combine(Data, "settings.json");

    /// <summary>Sockets and other things that do not survive a reboot; short, because a socket path holds at most 107 bytes.</summary>
    public string Runtime { get; }

    /// <summary>
    /// The account that ffmpeg runs under when Vigil itself runs as root; otherwise null. Not the database's: ffmpeg parses what strangers'
    /// cameras send, and that account reads every table.
    /// </summary>
    public static string? MediaUser => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? "nobody" : null;

    /// <summary>The unprivileged account that postgres runs under when Vigil itself runs as root; otherwise null.</summary>
    public static string? ChildUser => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? "postgres" : null;

    public static string DefaultData() =>
        Environment.IsPrivilegedProcess
            ? "/var/lib/vigil"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "vigil");

    /// <summary>Creates the directories. Called by the first hosted service, never while the host is only being described.</summary>
    public void Create()
    {
        // Others may pass through the data directory (the database's user must reach its own part), but not list it.
        if (!Directory.Exists(Data))
        {
            MakeDirectory(Data, PrivateAndPassable);
        }

        MakeDirectory(Segments, Private);
        MakeDirectory(Keys, Private);
        MakeDirectory(Spool, Private);
        MakeDirectory(Dumps, Private);
        if (!Directory.Exists(Runtime))
        {
            MakeDirectory(Runtime, Private);
        }
    }

    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PrivateAndPassable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static void MakeDirectory(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path);
        if (File.GetUnixFileMode(path) != mode)
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private static string RuntimeFor(string data)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(data)))[..8];
        if (Environment.IsPrivilegedProcess)
        {
            return $"/run/vigil-{hash}";
        }

        var sessionDirectory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return !string.IsNullOrEmpty(sessionDirectory) && Directory.Exists(sessionDirectory)
            ? Path.Combine(sessionDirectory, $"vigil-{hash}")
            : Path.Combine("/tmp", $"vigil-{Environment.UserName}-{hash}");
    }
}
