using Vigil.Protocols.Codecs;

namespace Vigil.Media.Decoding;

/// <summary>
/// Cuts decoded 16 kHz sound into blocks. Times are counted in samples from an anchor; where the sound's own time differs from the
/// count by more than <see cref="Tolerance"/> something is missing: what waits is dropped, and the next block says that it comes after a gap.
/// </summary>
/// <param name="emit">Takes each block.</param>
/// <param name="length">Samples of a block.</param>
internal sealed class SoundBlockCutter(Action<SoundBlock> emit, int length = SoundBlock.Length)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(60);

    private short[] block = new short[length];
    private int filled;
    private long index;
    private MediaTime next;
    private MediaTime blockPts;
    private DateTimeOffset blockAt;
    private bool running;
    private bool gap;

    /// <summary>Gaps met since the beginning.</summary>
    public int Gaps { get; private set; }

    /// <summary>The next samples will not join the ones before.</summary>
    public void Break()
    {
        if (running)
        {
            running = false;
            filled = 0;
            gap = true;
            Gaps++;
        }
    }

    /// <param name="pcm">16 kHz mono.</param>
    /// <param name="pts">Media time of the first sample.</param>
    /// <param name="wallClock">When it was heard.</param>
    public void Push(ReadOnlySpan<short> pcm, MediaTime pts, DateTimeOffset wallClock)
    {
        if (running && (pts - next).Duration() > Tolerance)
        {
            Break();
        }

        if (!running)
        {
            running = true;
            next = pts;
        }

        // A camera whose clock is a little off must not pile up an error: lean towards its time, a hundredth per push.
        next += (pts - next) / 100;
        var rest = pcm;
        while (!rest.IsEmpty)
        {
            if (filled == 0)
            {
                blockPts = next;
                blockAt = wallClock + (next - pts);
            }

            var take = Math.Min(rest.Length, block.Length - filled);
            rest[..take].CopyTo(block.AsSpan(filled));
            filled += take;
            next += TimeSpan.FromTicks(take * TimeSpan.TicksPerSecond / SoundBlock.SampleRate);
            rest = rest[take..];
            if (filled == block.Length)
            {
                Emit();
            }
        }
    }

    private void Emit()
    {
        emit(new SoundBlock
        {
            SampleIndex = index,
            At = blockAt,
            Pts = new TimeSpan(blockPts.Ticks),
            AfterGap = gap,
            Samples = block,
        });
        index += length;
        gap = false;
        filled = 0;
        block = new short[length];
    }
}
