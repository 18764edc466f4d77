namespace Vigil.Perception.Hearing;

/// <summary>The one engine of a process: front end and network with their scratch memory, shared by all cameras, one window at a time.</summary>
public sealed class CryScorer(CryModel model)
{
    private readonly Lock gate = new();
    private readonly MelFrontEnd frontEnd = new();
    private readonly CryNetwork network = new(model);

    public CryModel Model => model;

    /// <summary>
    /// Transforms <paramref name="fresh"/> frames of <paramref name="samples"/> into the end of <paramref name="frames"/>, which holds one window,
    /// and scores it.
    /// </summary>
    public float Score(ReadOnlySpan<float> samples, int fresh, Span<float> frames)
    {
        lock (gate)
        {
            frontEnd.Transform(samples, fresh, frames[^(fresh * MelFrontEnd.Bands)..]);
            return network.Score(frames);
        }
    }
}
