namespace Vigil.Perception.Hearing;

/// <summary>Two seconds of sound, scored.</summary>
/// <param name="Start">Where they begin, counted from the listener's beginning or last break.</param>
/// <param name="Score">How sure the network is that somebody cries in them, 0 to 1.</param>
/// <param name="Level">How loud the newest half second was.</param>
public readonly record struct CryWindow(TimeSpan Start, float Score, VoiceLevel Level)
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Hop = TimeSpan.FromSeconds(0.5);

    public TimeSpan End => Start + Length;
}

/// <summary>
/// Sound in pieces of any length to a score every half second for the two seconds before. A mel frame is computed once; only the network
/// sees it four times. One caller at a time; allocates nothing after construction.
/// </summary>
public sealed class CryListener(CryScorer scorer)
{
    public const int HopFrames = 50;

    private const int WindowValues = CryNetwork.WindowFrames * MelFrontEnd.Bands;

    /// <summary>From the first sample of a window's first frame to the last of its last: 31,920, five milliseconds less than two seconds.</summary>
    private const int WindowSamples = ((CryNetwork.WindowFrames - 1) * MelFrontEnd.FrameStep) + MelFrontEnd.FrameLength;

    private readonly float[] samples = new float[WindowSamples];
    private readonly float[] frames = new float[WindowValues];
    private int filled;
    private long windows;

    /// <summary>The log-mel frames of the newest window, [time, mel]; valid until sound is offered again.</summary>
    public ReadOnlySpan<float> Frames => frames;

    /// <summary>Sound is missing: what comes next does not join what was.</summary>
    public void Break() => (filled, windows) = (0, 0);

    /// <summary>
    /// Takes from the front of <paramref name="sound"/> until a window is complete. True: <paramref name="window"/> is scored, and what is left of
    /// the sound is to be offered again. False: all of it was taken.
    /// </summary>
    public bool TryHear(ref ReadOnlySpan<short> sound, out CryWindow window)
    {
        var fresh = windows == 0 ? CryNetwork.WindowFrames : HopFrames;
        var missing = ((fresh - 1) * MelFrontEnd.FrameStep) + MelFrontEnd.FrameLength - filled;
        var taken = Math.Min(missing, sound.Length);
        Take(sound[..taken]);
        sound = sound[taken..];
        if (taken < missing)
        {
            window = default;
            return false;
        }

        frames.AsSpan(fresh * MelFrontEnd.Bands).CopyTo(frames);
        var score = scorer.Score(samples.AsSpan(0, filled), fresh, frames);
        window = new CryWindow(windows * CryWindow.Hop, score, VoiceLevel.Of(frames.AsSpan(WindowValues - (HopFrames * MelFrontEnd.Bands))));
        windows++;

        // The next frame begins within the samples of the last.
        var used = fresh * MelFrontEnd.FrameStep;
        samples.AsSpan(used, filled - used).CopyTo(samples);
        filled -= used;
        return true;
    }

    private void Take(ReadOnlySpan<short> sound)
    {
        var to = samples.AsSpan(filled, sound.Length);
        for (var i = 0; i < sound.Length; i++)
        {
            to[i] = sound[i] * (1f / 32768);
        }

        filled += sound.Length;
    }
}
