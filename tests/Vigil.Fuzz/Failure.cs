namespace Vigil.Fuzz;

/// <summary>An input that a target does not survive.</summary>
internal sealed record Failure(byte[] Input, Exception Error)
{
    public static Failure? Of(Target target, byte[] input)
    {
        var copy = (byte[])input.Clone();
        try
        {
            target.Run(input);
        }
        catch (Exception error)
        {
            return new Failure(copy, error);
        }

        return input.AsSpan().SequenceEqual(copy) ? null : new Failure(copy, new BrokenPromiseException("the input was written to"));
    }

    /// <summary>A smaller input that fails the same way, found by leaving pieces out.</summary>
    public Failure Shrink(Target target)
    {
        var best = this;
        for (var piece = Math.Max(1, best.Input.Length / 2); piece >= 1; piece /= 2)
        {
            for (var at = 0; at + piece <= best.Input.Length;)
            {
                byte[] shorter = [.. best.Input[..at], .. best.Input[(at + piece)..]];
                if (Of(target, shorter) is { } smaller && smaller.Error.GetType() == Error.GetType())
                {
                    best = smaller;
                }
                else
                {
                    at += piece;
                }
            }
        }

        return best;
    }
}

/// <summary>Ends the program, naming the input, when a parser does not come back.</summary>
internal sealed class HangWatch : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ITimer timer;
    private byte[] current = [];
    private byte[] seen = [];

    public HangWatch(TimeProvider time, string target, int seed)
    {
        timer = time.CreateTimer(_ => Look(target, seed), null, Limit, Limit);
    }

    public void Begin(byte[] input) => Volatile.Write(ref current, input);

    public void Dispose() => timer.Dispose();

    private void Look(string target, int seed)
    {
        var now = Volatile.Read(ref current);
        if (now.Length > 0 && ReferenceEquals(now, seen))
        {
            Console.WriteLine($"{target,-16} HANGS (seed {seed})\n  input: {Convert.ToHexString(now)}");
            Environment.Exit(1);
        }

        seen = now;
    }
}
