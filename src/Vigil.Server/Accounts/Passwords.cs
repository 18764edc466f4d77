using Microsoft.AspNetCore.Identity;

namespace Vigil.Server.Accounts;

/// <summary>Password hashes by the framework (PBKDF2). At most a few at a time: each costs tens of milliseconds of a core.</summary>
public sealed class Passwords : IDisposable
{
    private static readonly object NoUser = new();
    private readonly PasswordHasher<object> _hasher = new();
    private readonly SemaphoreSlim _few = new(Math.Max(2, Environment.ProcessorCount / 2));
    private readonly Lazy<string> _nobodysHash;

    public Passwords() => _nobodysHash = new Lazy<string>(() => _hasher.HashPassword(NoUser, Guid.NewGuid().ToString()));

    public async Task<string> HashAsync(string password, CancellationToken cancel)
    {
        await _few.WaitAsync(cancel);
        try
        {
            return await Task.Run(() => _hasher.HashPassword(NoUser, password), cancel);
        }
        finally
        {
            _few.Release();
        }
    }

    /// <summary>Compares. For an unknown account pass null: the same work is done, so that the time taken tells nothing.</summary>
    public async Task<bool> VerifyAsync(string? hash, string password, CancellationToken cancel)
    {
        await _few.WaitAsync(cancel);
        try
        {
            // Made for everybody's first attempt, so that an unknown account's is not the slower one.
            var nobodys = await Task.Run(() => _nobodysHash.Value, cancel);
            var result = await Task.Run(() => _hasher.VerifyHashedPassword(NoUser, hash ?? nobodys, password), cancel);
            return hash is not null && result != PasswordVerificationResult.Failed;
        }
        finally
        {
            _few.Release();
        }
    }

    public void Dispose() => _few.Dispose();
}
