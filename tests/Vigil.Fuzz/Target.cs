namespace Vigil.Fuzz;

/// <summary>One parser: well-formed inputs to start from, and what must never throw. Throws <see cref="BrokenPromiseException"/> when an answer is wrong.</summary>
internal sealed record Target(string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Run);

/// <summary>A parser answered, but not as its contract says.</summary>
internal sealed class BrokenPromiseException(string promise) : Exception(promise)
{
    public static void Unless(bool kept, string promise)
    {
        if (!kept)
        {
            throw new BrokenPromiseException(promise);
        }
    }
}
