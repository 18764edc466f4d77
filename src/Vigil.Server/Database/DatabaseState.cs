namespace Vigil.Server.Database;

/// <summary>Whether the database can be reached and is migrated. Changes are announced; nobody polls.</summary>
public sealed class DatabaseState
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSource();

    /// <summary>True once migrations have run and the last contact succeeded.</summary>
    public bool IsAvailable { get; private set; }

    /// <summary>Completes when the database has become usable (at once when it is).</summary>
    public Task WaitUntilAvailableAsync(CancellationToken cancel) => WaitForAsync(true, cancel);

    /// <summary>Completes when <see cref="IsAvailable"/> equals <paramref name="available"/>.</summary>
    public async Task WaitForAsync(bool available, CancellationToken cancel)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (IsAvailable == available)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancel);
        }
    }

    internal bool Set(bool available)
    {
        TaskCompletionSource done;
        lock (_lock)
        {
            if (IsAvailable == available)
            {
                return false;
            }

            IsAvailable = available;
            done = _changed;
            _changed = NewSource();
        }

        done.SetResult();
        return true;
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
