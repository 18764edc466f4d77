namespace Vigil.Media.Live;

/// <summary>Work that decodes for somebody to look at or listen to. Listening and recording ask nobody: they come first.</summary>
public enum TranscodeKind
{
    /// <summary>Every picture decoded, up to ten a second encoded.</summary>
    EveryPicture,

    /// <summary>Key frames only.</summary>
    KeyFrames,

    /// <summary>Small grey pictures of a sub-stream, day and night.</summary>
    Motion,

    /// <summary>One picture, now.</summary>
    Snapshot,

    /// <summary>One camera's sound, decoded and encoded again.</summary>
    Sound,

    /// <summary>A clip of JPEG pictures encoded once, as fast as it goes.</summary>
    Clip,
}

/// <summary>
/// How much of the machine may decode pictures at the same time, in hundredths of a core, shared by all cameras. What does not fit is refused
/// (503 with Retry-After), so that the rest keeps running smoothly.
/// </summary>
public sealed class TranscodeBudget(int cores)
{
    // Measured: decoding 1080p25 and encoding 640 px at 8/s takes about a fifth of a core; key frames of one a second a fiftieth.
    private const int EveryPictureCost = 20;
    private const int KeyFramesCost = 3;
    private const int MotionCost = 4;
    private const int SnapshotCost = 10;
    private const int SoundCost = 1;
    private const int ClipCost = 45;

    /// <summary>Clips leave this much to what is live: the sound of five cameras.</summary>
    private const int LiveRoom = 5;

    private int used;

    /// <summary>Half the machine: the other half is for cameras, recording and listening.</summary>
    public int Capacity { get; } = Math.Max(1, cores) * 50;

    public int Used => Volatile.Read(ref used);

    /// <summary>Refusals since the start.</summary>
    public long Refused { get; private set; }

    /// <summary>A share of the machine until it is disposed, or null when it is all given away.</summary>
    public IDisposable? TryTake(TranscodeKind kind)
    {
        var cost = kind switch
        {
            TranscodeKind.EveryPicture => EveryPictureCost,
            TranscodeKind.KeyFrames => KeyFramesCost,
            TranscodeKind.Motion => MotionCost,
            TranscodeKind.Sound => SoundCost,
            TranscodeKind.Clip => ClipCost,
            _ => SnapshotCost,
        };
        while (true)
        {
            var now = Volatile.Read(ref used);
            if (now + cost > Capacity - (kind == TranscodeKind.Clip ? LiveRoom : 0))
            {
                Refused++;
                return null;
            }

            if (Interlocked.CompareExchange(ref used, now + cost, now) == now)
            {
                return new Share(this, cost);
            }
        }
    }

    private sealed class Share(TranscodeBudget budget, int cost) : IDisposable
    {
        private int held = cost;

        public void Dispose() => Interlocked.Add(ref budget.used, -Interlocked.Exchange(ref held, 0));
    }
}
