namespace Vigil.Perception.Hearing;

/// <summary>Loudness where voices are, 250 to 4,000 Hz, in dB below a sine of full scale.</summary>
/// <param name="Loud">Mean of the louder quarter of the frames.</param>
/// <param name="Quiet">Mean of the quieter quarter.</param>
public readonly record struct VoiceLevel(float Loud, float Quiet)
{
    /// <summary>Bands 5 to 48 of the front end: 250 to 4,000 Hz.</summary>
    private const int First = 5, End = 49;

    /// <summary>A sine of full scale comes to 10⁴ in the front end's power (half the window's sum, squared).</summary>
    private const float FullScale = 1e4f;

    /// <summary>Of log-mel frames, at most a second of them.</summary>
    public static VoiceLevel Of(ReadOnlySpan<float> frames)
    {
        Span<float> energies = stackalloc float[Math.Min(100, frames.Length / MelFrontEnd.Bands)];
        for (var i = 0; i < energies.Length; i++)
        {
            var sum = 0f;
            foreach (var value in frames.Slice((i * MelFrontEnd.Bands) + First, End - First))
            {
                sum += MathF.Exp(value);
            }

            energies[i] = sum;
        }

        energies.Sort();
        var quarter = Math.Max(1, energies.Length / 4);
        return new VoiceLevel(Decibels(energies[^quarter..]), Decibels(energies[..quarter]));
    }

    private static float Decibels(ReadOnlySpan<float> energies)
    {
        var sum = 0f;
        foreach (var energy in energies)
        {
            sum += energy;
        }

        return MathF.Max(-100, 10 * MathF.Log10((sum / energies.Length / FullScale) + 1e-12f));
    }
}
