using System.Collections.Concurrent;

namespace Vigil.Server.Hosting;

/// <summary>In-memory token buckets for costly requests (camera tests, discovery, pairing): so many at once, refilled evenly. Forgets when restarted.</summary>
public sealed class RateLimits(TimeProvider time)
{
    private const int MostBuckets = 20_000;
    private readonly ConcurrentDictionary<(string Name, string Key), Bucket> _buckets = new();

    /// <summary>
    /// Takes <paramref name="amount"/> tokens, or none. <paramref name="name"/> is the kind of request, <paramref name="key"/> who asks (account or address).
    /// </summary>
    public bool TryTake(string name, string key, int burst, TimeSpan per, int amount = 1)
    {
        if (_buckets.Count > MostBuckets)
        {
            // Somebody walks through keys. Starting over is bounded memory, and a short holiday for nobody but them.
            _buckets.Clear();
        }

        var bucket = _buckets.GetOrAdd((name, key), _ => new Bucket { Tokens = burst, At = time.GetTimestamp() });
        lock (bucket)
        {
            var elapsed = time.GetElapsedTime(bucket.At);
            bucket.Tokens = Math.Min(burst, bucket.Tokens + (burst * (elapsed / per)));
            bucket.At = time.GetTimestamp();
            if (bucket.Tokens < amount)
            {
                return false;
            }

            bucket.Tokens -= amount;
            return true;
        }
    }

    /// <summary>Gives a token back: what was tried was right, and only wrong tries are to count.</summary>
    public void GiveBack(string name, string key)
    {
        if (_buckets.TryGetValue((name, key), out var bucket))
        {
            lock (bucket)
            {
                bucket.Tokens++;
            }
        }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }
        public long At { get; set; }
    }
}
