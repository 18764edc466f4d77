namespace Vigil.Media.Recording;

/// <summary>
/// Threads of the recorder's own. A disk that stalls holds up these and nobody else, and a thread pool that is busy or starved does not
/// hold up the recorder: what waits in memory is what a crash loses.
/// </summary>
internal static class OwnThread
{
    public static Task Start(string name, Action run)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                run();
                done.SetResult();
            }
#pragma warning disable CA1031 // Handed to whoever awaits the thread's end.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                done.SetException(failure);
            }
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.Start();
        return done.Task;
    }
}

/// <summary>
/// The rhythm of the recorder's loop. On the system's clock it waits by itself; another clock (a test's) rings through its timer.
/// </summary>
internal sealed class RecorderBeat : IDisposable
{
    private readonly AutoResetEvent ring = new(initialState: false);
    private readonly ITimer? timer;
    private readonly TimeSpan period;
    private readonly TimeProvider time;
    private readonly long began;
    private long beats;

    public RecorderBeat(TimeSpan period, TimeProvider time)
    {
        this.period = period;
        this.time = time;
        began = time.GetTimestamp();
        timer = time == TimeProvider.System ? null : time.CreateTimer(_ => ring.Set(), null, period, period);
    }

    /// <summary>Returns at the next beat; false when it is over. A beat that was missed is not made up for.</summary>
    public bool Wait(CancellationToken stop)
    {
        var wait = Timeout.InfiniteTimeSpan;
        if (timer is null)
        {
            var elapsed = time.GetElapsedTime(began);
            beats = Math.Max(beats + 1, (elapsed.Ticks / period.Ticks) + 1);
            wait = (period * beats) - elapsed;
        }

        return WaitHandle.WaitAny([stop.WaitHandle, ring], wait) != 0 && !stop.IsCancellationRequested;
    }

    public void Dispose()
    {
        timer?.Dispose();
        ring.Dispose();
    }
}

/// <summary>Does one sync at a time, apart from the loop, which must go on draining queues meanwhile.</summary>
internal sealed class SyncThread
{
    private readonly object gate = new();
    private Task? thread;
    private Action? next;
    private bool stopping;

    public bool IsIdle
    {
        get
        {
            lock (gate)
            {
                return next is null;
            }
        }
    }

    /// <summary>Only while idle.</summary>
    public void Begin(Action sync)
    {
        lock (gate)
        {
            next = sync;
            thread ??= OwnThread.Start("recorder sync", Run);
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Returns when the sync that was begun last is done.</summary>
    public Task StopAsync()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.Pulse(gate);
            return thread ?? Task.CompletedTask;
        }
    }

    private void Run()
    {
        while (true)
        {
            Action sync;
            lock (gate)
            {
                while (next is null)
                {
                    if (stopping)
                    {
                        return;
                    }

                    Monitor.Wait(gate);
                }

                sync = next;
            }

            try
            {
                sync();
            }
            finally
            {
                lock (gate)
                {
                    next = null;
                }
            }
        }
    }
}
