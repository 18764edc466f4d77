using Microsoft.Win32.SafeHandles;

namespace Vigil.Media.Recording;

/// <summary>
/// A file without a name that one writes while others read it: who is ahead of the writer waits. Nothing of it outlives the process.
/// </summary>
internal sealed class GrowingFile : IDisposable
{
    private readonly Lock gate = new();
    private readonly SafeFileHandle file;
    private TaskCompletionSource grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IOException? failure;
    private bool finished;

    public GrowingFile(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $".clip-{Guid.NewGuid():N}");
        file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        File.Delete(path);
    }

    public long Length { get; private set; }

    /// <summary>It was finished before its end.</summary>
    public bool HasFailed
    {
        get
        {
            lock (gate)
            {
                return failure is not null;
            }
        }
    }

    /// <summary>One writer only.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await RandomAccess.WriteAsync(file, bytes, Length, cancel);
        Tell(() => Length += bytes.Length);
    }

    /// <summary>No more comes; with <paramref name="why"/>, who waits for more gets that.</summary>
    public void Finish(IOException? why = null) => Tell(() =>
    {
        finished = true;
        failure = why;
    });

    /// <summary>Reads from <paramref name="offset"/> on what there is, and waits until there is something; 0 only at the end.</summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (offset < Length)
                {
                    into = into[..(int)Math.Min(into.Length, Length - offset)]; // What is being written now may be there in part.
                    break;
                }

                if (failure is not null)
                {
                    throw new IOException("What was being read could not be finished.", failure);
                }

                if (finished)
                {
                    return 0;
                }

                more = grown.Task;
            }

            await more.WaitAsync(cancel);
        }

        return await RandomAccess.ReadAsync(file, into, offset, cancel);
    }

    public void Dispose() => file.Dispose();

    private void Tell(Action change)
    {
        TaskCompletionSource waited;
        lock (gate)
        {
            change();
            waited = grown;
            grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waited.SetResult();
    }
}
