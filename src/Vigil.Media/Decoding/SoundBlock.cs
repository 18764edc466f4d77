using System.Threading.Channels;

namespace Vigil.Media.Decoding;

/// <summary>A piece of a camera's sound, 16 kHz mono: 42.7 ms, unless its tap cuts otherwise. Shared by all listeners: nobody may write to it.</summary>
public sealed class SoundBlock
{
    public const int SampleRate = 16_000;

    /// <summary>2,048 samples at 48 kHz, the block of the documented sound alarm, come to 682.7 at our rate.</summary>
    public const int Length = 683;

    /// <summary>Number of the first sample since the tap began to decode. A listener that sees it jump was too slow and lost blocks.</summary>
    public required long SampleIndex { get; init; }

    /// <summary>When the first sample was heard.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Media time of the first sample: time since the camera's feed began.</summary>
    public required TimeSpan Pts { get; init; }

    /// <summary>Sound is missing between the block before and this one.</summary>
    public required bool AfterGap { get; init; }

    /// <summary>As many as the tap cuts: all its blocks are of one length.</summary>
    public required ReadOnlyMemory<short> Samples { get; init; }
}

/// <summary>One listener of a <see cref="SoundTap"/>: a bounded queue that drops its oldest block when full. One reader; dispose to leave.</summary>
public sealed class SoundSubscription : IDisposable
{
    /// <summary>Two seconds.</summary>
    public const int UsualCapacity = 48;

    private readonly SoundTap tap;
    private readonly Channel<SoundBlock> blocks;
    private long dropped;

    internal SoundSubscription(SoundTap tap, string name, int capacity)
    {
        this.tap = tap;
        Name = name;
        blocks = Channel.CreateBounded<SoundBlock>(
            new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ =>
            {
                Interlocked.Increment(ref dropped);
                MediaMeter.SoundBlockDropped(name);
            });
    }

    public string Name { get; }

    /// <summary>Blocks lost because this listener was too slow.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>Blocks in order; completes when the tap ends.</summary>
    public ChannelReader<SoundBlock> Blocks => blocks.Reader;

    public void Dispose()
    {
        tap.Remove(this);
        End();
    }

    internal void Offer(SoundBlock block) => blocks.Writer.TryWrite(block);

    internal void End() => blocks.Writer.TryComplete();
}
