using Vigil.Server.Devices;

namespace Vigil.Server.Detection;

/// <summary>
/// What the room's own device plays is no reason to wake anybody. While a parent speaks into the room, and until the echo of the last word
/// has come back, no noise begins; the level is shown all the same. Pure: no clock.
/// </summary>
public sealed class OwnSound
{
    /// <summary>From the end of a word at the server through the phone's loudspeaker and microphone back to us.</summary>
    public static readonly TimeSpan TalkTail = TimeSpan.FromSeconds(1.5);

    /// <summary>The thresholds for the alarm on this block, made of those that were set. A noise that goes on already is not broken off.</summary>
    public SoundSettings Judge(in HeardBlock block, SoundSettings settings, RoomSound plays) =>
        plays.Talker is not null || block.At < plays.TalkEndedAt + TalkTail ? settings with { Red = int.MaxValue } : settings;
}
