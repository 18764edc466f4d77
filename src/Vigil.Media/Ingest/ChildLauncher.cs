using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Vigil.Media.Ingest;

/// <summary>
/// Starts child processes through posix_spawn from one thread that never ends: the kernel's "kill me when my parent dies"
/// (PR_SET_PDEATHSIG) means the parent <em>thread</em>, and pool threads retire.
/// </summary>
internal static partial class ChildLauncher
{
    private const int SigKill = 9;
    private const int SigPipe = 13;
    private const int NoHang = 1;
    private const short SetProcessGroup = 2;
    private const short SetSignalDefault = 4;
    private const short SetSignalMask = 8;
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC

    /// <summary>Above every number a child sees, so that one redirection cannot overwrite the source of the next.</summary>
    private const int LowestSource = 64;

    private static readonly BlockingCollection<Request> Requests = StartThread();

    public static Task<StartedChild> StartAsync(string[] line, int streams)
    {
        var request = new Request(line, streams, new TaskCompletionSource<StartedChild>(TaskCreationOptions.RunContinuationsAsynchronously));
        Requests.Add(request);
        return request.Done.Task;
    }

    /// <summary>setpriv (util-linux, on every Debian) sets the parent-death signal, and drops root.</summary>
    public static string[] Wrapper(string? runAsUser)
    {
        string[] always = ["setpriv", "--pdeathsig", "KILL"];
        if (runAsUser is null || !Environment.IsPrivilegedProcess)
        {
            return [.. always, "--"];
        }

        var entry = File.ReadLines("/etc/passwd").Select(row => row.Split(':')).FirstOrDefault(row => row.Length > 3 && row[0] == runAsUser)
            ?? throw new IOException($"There is no account '{runAsUser}' to run ffmpeg as.");
        return [.. always, "--reuid", entry[2], "--regid", entry[3], "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--"];
    }

    public static void Kill(int pid) => _ = NativeKill(-pid, SigKill); // Its whole process group; already gone is fine.

    /// <summary>Takes the exit status of a child that ended. Call it once it answered true never again.</summary>
    public static bool TryReap(int pid, out int exitCode)
    {
        var result = WaitPid(pid, out var status, NoHang);
        var signal = status & 0x7F;
        exitCode = result != pid ? -1 : signal == 0 ? (status >> 8) & 0xFF : 128 + signal;
        return result != 0; // An error means that there is no such child any more.
    }

    private static BlockingCollection<Request> StartThread()
    {
        var requests = new BlockingCollection<Request>();
        var thread = new Thread(() =>
        {
            foreach (var request in requests.GetConsumingEnumerable())
            {
                try
                {
                    request.Done.SetResult(Spawn(request.Line, request.Streams));
                }
                catch (Exception failure) when (failure is IOException or SocketException)
                {
                    request.Done.SetException(failure);
                }
            }
        })
        { IsBackground = true, Name = "child launcher" };
        thread.Start();
        return requests;
    }

    private static StartedChild Spawn(string[] line, int streams)
    {
        var ours = new NetworkStream[streams];
        var theirs = new int[streams];
        Array.Fill(theirs, -1);
        var actions = new byte[256]; // posix_spawn_file_actions_t is 80 bytes in glibc
        var attributes = new byte[512]; // posix_spawnattr_t is 336
        var signals = new byte[128]; // sigset_t
        Check(FileActionsInit(actions), "posix_spawn_file_actions_init");
        Check(AttributesInit(attributes), "posix_spawnattr_init");
        try
        {
            for (var number = 0; number < streams; number++)
            {
                (ours[number], theirs[number]) = Pair();
                Check(AddDuplicate(actions, theirs[number], number), "posix_spawn_file_actions_adddup2");
            }

            // The runtime ignores SIGPIPE; a child that inherits that would write for ever to nobody.
            Check(AttributesSetMask(attributes, signals), "posix_spawnattr_setsigmask");
            signals[(SigPipe - 1) / 8] |= 1 << ((SigPipe - 1) % 8);
            Check(AttributesSetDefault(attributes, signals), "posix_spawnattr_setsigdefault");
            Check(AttributesSetGroup(attributes, 0), "posix_spawnattr_setpgroup");
            Check(AttributesSetFlags(attributes, SetProcessGroup | SetSignalDefault | SetSignalMask), "posix_spawnattr_setflags");

            // A bare environment: ours may hold the database's password.
            string?[] environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", null];
            Check(SpawnOnPath(out var pid, line[0], actions, attributes, [.. line, null], environment), $"starting {line[0]}");
            return new StartedChild(pid, ours);
        }
        catch (IOException)
        {
            foreach (var stream in ours)
            {
                stream?.Dispose();
            }

            throw;
        }
        finally
        {
            _ = FileActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
            foreach (var descriptor in theirs.Where(descriptor => descriptor >= 0))
            {
                _ = Close(descriptor);
            }
        }
    }

    private static (NetworkStream Ours, int Theirs) Pair()
    {
        const int unix = 1;
        const int streamCloseOnExec = 1 | 0x80000;
        Span<int> pair = stackalloc int[2];
        if (SocketPair(unix, streamCloseOnExec, 0, pair) != 0)
        {
            throw new IOException($"No socket pair: errno {Marshal.GetLastPInvokeError()}.");
        }

        var theirs = Duplicate(pair[1], DuplicateCloseOnExec, LowestSource);
        _ = Close(pair[1]);
        var socket = new Socket(new SafeSocketHandle(pair[0], ownsHandle: true));
        return theirs >= 0
            ? (new NetworkStream(socket, ownsSocket: true), theirs)
            : throw new IOException($"Out of descriptors: errno {Marshal.GetLastPInvokeError()}.");
    }

    private static void Check(int error, string what)
    {
        if (error != 0)
        {
            throw new IOException($"{what} failed: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    internal readonly record struct StartedChild(int Pid, NetworkStream[] Streams);

    private sealed record Request(string[] Line, int Streams, TaskCompletionSource<StartedChild> Done);

    [LibraryImport("libc", EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SpawnOnPath(out int pid, string file, byte[] actions, byte[] attributes, string?[] arguments, string?[] environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int FileActionsInit(byte[] actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int FileActionsDestroy(byte[] actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte[] actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(byte[] attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(byte[] attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int AttributesSetFlags(byte[] attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    private static partial int AttributesSetGroup(byte[] attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int AttributesSetMask(byte[] attributes, byte[] signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int AttributesSetDefault(byte[] attributes, byte[] signals);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int domain, int type, int protocol, Span<int> pair);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Duplicate(int descriptor, int command, int lowest);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int NativeKill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int pid, out int status, int options);
}
