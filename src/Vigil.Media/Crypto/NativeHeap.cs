using System.Runtime.InteropServices;

namespace Vigil.Media.Crypto;

/// <summary>
/// OpenSSL's memory comes from the C library, which keeps what a crowd leaves behind: of 28 MB after some thousand sessions 5 were in use
/// ('bench webrtc-soak'). Gives empty pages back to the system soon after sessions have ended.
/// </summary>
internal sealed unsafe class NativeHeap
{
    /// <summary>Takes a few milliseconds of one thread, so not after each of a crowd.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary><c>malloc_trim</c> of the GNU C library; others have no such thing, nor its arenas.</summary>
    private static readonly delegate* unmanaged<nuint, int> Trim =
        NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out var address)
            ? (delegate* unmanaged<nuint, int>)address
            : null;

    private volatile bool freed;
    private TimeSpan next;

    /// <summary>A session's memory was freed. From any thread.</summary>
    public void Freed() => freed = true;

    /// <summary>Call often; from one thread.</summary>
    public void Tick(TimeSpan now)
    {
        if (freed && now >= next && Trim is not null)
        {
            next = now + Interval;
            freed = false;
            Trim(0);
        }
    }
}
