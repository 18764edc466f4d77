using System.ComponentModel.DataAnnotations;

namespace Vigil.Server.Recordings;

/// <summary>Section <c>Recordings</c>.</summary>
public sealed class RecordingOptions
{
    public const string Section = "Recordings";

    /// <summary>Free space that recordings leave on their disk, in bytes. Default 2 GB; below it the oldest footage goes.</summary>
    // Room for the database to go on, and for twenty cameras to record for some minutes while old footage is deleted.
    public long FreeBytes { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Set aside, to be given back when the disk is full all the same, so that open files can be finished. Default 64 MB; 0 for none.</summary>
    public long ReserveBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How long footage is kept where nobody has set it for the camera, in hours. Default 168; 0: as long as there is room.</summary>
    // A week: what happened last weekend can still be looked up, and one camera at 4 Mbit/s needs 300 GB for it.
    [Range(0, 87600)]
    public int KeepHours { get; set; } = 168;

    /// <summary>Most bytes of footage on this server. Default 0: as much as the disk has room for.</summary>
    [Range(0, long.MaxValue)]
    public long MaxBytes { get; set; }
}
