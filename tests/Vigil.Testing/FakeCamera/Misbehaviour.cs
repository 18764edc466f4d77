namespace Vigil.Testing;

/// <summary>How a fake camera answers before any picture.</summary>
public enum Manners
{
    Good,

    /// <summary>A web server's page instead of RTSP.</summary>
    Html,

    /// <summary>Header lines without end.</summary>
    EndlessHeader,

    /// <summary>A description of ten megabytes.</summary>
    HugeDescription,

    /// <summary>401 to everything, with a fresh nonce each time.</summary>
    NeverSatisfied,

    /// <summary>461 to TCP.</summary>
    DatagramOnly,

    /// <summary>Takes the connection and says nothing.</summary>
    Mute,

    /// <summary>One byte at a time, a second apart.</summary>
    Slow,

    NoSuchStream,

    /// <summary>Binary noise.</summary>
    Noise,

    /// <summary>A codec nobody carries.</summary>
    OddCodec,

    /// <summary>Blank lines before each answer.</summary>
    BlankLines,

    /// <summary>Sends everybody to <see cref="FakeCamera.RedirectTo"/>.</summary>
    Redirect,
}

/// <summary>What a fake camera does to its media. All of it can change while it runs.</summary>
public sealed class MediaFaults
{
    /// <summary>Keeps the connection, sends no more media.</summary>
    public bool Stalled { get; set; }

    /// <summary>Pictures as before, but no more sound.</summary>
    public bool Soundless { get; set; }

    /// <summary>The marker bit on every packet.</summary>
    public bool MarkerAlways { get; set; }

    /// <summary>No marker bit at all.</summary>
    public bool MarkerNever { get; set; }

    /// <summary>No parameter sets: neither in the description nor in the stream.</summary>
    public bool NoParameterSets { get; set; }

    /// <summary>A zero-length NAL unit, packet and frame before each picture.</summary>
    public bool EmptyUnits { get; set; }

    /// <summary>Stray bytes between interleaved frames.</summary>
    public bool StrayBytes { get; set; }

    /// <summary>Nothing but noise from here on.</summary>
    public bool Noise { get; set; }

    private long jumpTicks;

    /// <summary>Added to every RTP timestamp, in 90 kHz: set it while playing and the camera's clock jumps.</summary>
    public long TimestampJump
    {
        get => Interlocked.Read(ref jumpTicks);
        set => Interlocked.Exchange(ref jumpTicks, value);
    }
}
