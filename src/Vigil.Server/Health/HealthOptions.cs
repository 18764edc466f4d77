using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Vigil.Server.Health;

/// <summary>Readings and the sound that comes with them. Section `Health`. What makes a child ill or a room too hot is set by parents on a page.</summary>
public sealed class HealthOptions
{
    /// <summary>Days that readings, and the sound uploaded with them, are kept. Default 90.</summary>
    // As long as the crying that cameras heard.
    [Range(1, 36500)]
    public int RetentionDays { get; set; } = 90;

    /// <summary>Bytes of uploaded sound that are kept in all; the oldest goes first. Default 5 GB.</summary>
    // A clip of ten seconds every minute for three weeks; a room key in wrong hands must not cost the family its recordings.
    [Range(50_000_000, long.MaxValue)]
    public long MostSoundBytes { get; set; } = 5_000_000_000;

    /// <summary>A decoder of an uploaded clip that gives no sound for this long is killed. Default 20 s.</summary>
    // A clip of ten seconds takes a fraction of one; a busy small machine ten times that.
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan DecoderPatience { get; set; } = TimeSpan.FromSeconds(20);
}

[OptionsValidator]
internal sealed partial class HealthOptionsValidator : IValidateOptions<HealthOptions>;
