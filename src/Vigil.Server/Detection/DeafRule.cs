namespace Vigil.Server.Detection;

/// <summary>Not hearing a camera that sends sound: since when, and whether it goes on.</summary>
public readonly record struct Deafness(DateTimeOffset Since, bool GoesOn);

/// <summary>When "no blocks of sound" is trouble: after fifteen seconds in which the camera says that it sends some. Told once, and once when over. Pure.</summary>
public sealed class DeafRule
{
    public static readonly TimeSpan After = TimeSpan.FromSeconds(15);

    private DateTimeOffset? since;
    private bool told;

    public Deafness? Step(DateTimeOffset now, bool heard, bool expected)
    {
        if (heard || !expected)
        {
            var over = told ? new Deafness(since!.Value, GoesOn: false) : (Deafness?)null;
            (since, told) = (null, false);
            return over;
        }

        since ??= now;
        if (told || now - since < After)
        {
            return null;
        }

        told = true;
        return new Deafness(since.Value, GoesOn: true);
    }
}
