namespace Vigil.Server.Cameras;

/// <summary>How long the footage of a camera is kept where nobody has set it, in hours; 0: as long as there is room. Recordings say.</summary>
public sealed record UsualRetention(int Hours);
