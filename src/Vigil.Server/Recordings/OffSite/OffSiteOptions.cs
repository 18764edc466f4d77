namespace Vigil.Server.Recordings.OffSite;

/// <summary>Section <c>OffSite</c>: copies of protected recordings in a second directory.</summary>
public sealed class OffSiteOptions
{
    public const string Section = "OffSite";

    /// <summary>A mounted disk or share; it must hold a file named <c>vigil-offsite</c>. Default: none, nothing is copied.</summary>
    public string? Directory { get; set; }

    /// <summary>Whether alert clips are copied like recordings with a star. Default false.</summary>
    // Off: a restless baby makes hundreds a week, and a share may be small.
    public bool AlertClips { get; set; }
}
