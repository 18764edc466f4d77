namespace Vigil.Server.Database;

/// <summary>Which of several servers on one database runs the loops (ingest, recording, detection). See docs/adr on loop ownership.</summary>
public sealed class LoopOwner(DatabaseState state) : BackgroundService
{
    private readonly TaskCompletionSource _owned = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True while this server may run loops; stays true while the database is away and nobody else can have taken over.</summary>
    public bool IsOwner { get; private set; }

    /// <summary>Completes when this server owns the loops. The token it gives is cancelled when ownership is lost: stop at once, then wait again.</summary>
    public async Task<CancellationToken> WaitUntilOwnerAsync(CancellationToken cancel)
    {
        await _owned.Task.WaitAsync(cancel);
        return CancellationToken.None;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await state.WaitUntilAvailableAsync(stoppingToken);
        IsOwner = true;
        _owned.TrySetResult();
    }
}
