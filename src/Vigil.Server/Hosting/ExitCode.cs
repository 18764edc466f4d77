namespace Vigil.Server.Hosting;

/// <summary>What the process answers to its supervisor. <see cref="Refused"/> means: starting again will not help.</summary>
public sealed class ExitCode
{
    /// <summary>sysexits.h EX_CONFIG: `./vigil up` and the systemd unit do not restart on it.</summary>
    public const int Refused = 78;

    /// <summary>sysexits.h EX_TEMPFAIL: what stands in the way may go away by itself.</summary>
    public const int TryAgain = 75;

    public int Value { get; set; }
}
