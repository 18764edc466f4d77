namespace Vigil.Media.WebRtc;

/// <summary>
/// Whether a viewer's line carries the big picture. Decision only: told what the viewer reports, asked once a second. Goes down when
/// the line has been too narrow for a while, and tries to go up again after a pause that doubles with each failure, because a line
/// that carries little shows nothing of what it could carry.
/// </summary>
internal sealed class LineChoice
{
    /// <summary>What was lost in the first moments is no sign yet.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Chromium says nothing for five seconds, then 0.85 of what came, and then a twelfth more every second: only by now it tells the
    /// line and not the source.
    /// </summary>
    private static readonly TimeSpan EstimateGrace = TimeSpan.FromSeconds(10);

    /// <summary>Too narrow for so long is no hiccup.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The same while the estimate has not yet been where it is needed: after the small picture Chromium begins from what that took and climbs
    /// a twelfth a second, for half a minute and more, with pauses. One that stands still for so long stands before a queue.
    /// </summary>
    private static readonly TimeSpan ClimbPatience = TimeSpan.FromSeconds(5);

    /// <summary>A try that fails within this has failed.</summary>
    private static readonly TimeSpan Trial = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Reports of unbearable loss, one after the other, that end a try: the viewer sees nothing meanwhile. One may be the key frame that the
    /// try began with.
    /// </summary>
    private const int EnoughInTrial = 2;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(4);

    /// <summary>Of 256, as receiver reports count: beyond a sixth lost nothing can be repaired in time.</summary>
    private const int UnbearableLoss = 43;
    private const int BearableLoss = 13;

    /// <summary>
    /// The estimate may be so much below the need, in percent, before it counts: a picture's rate goes up and down, and each time that a
    /// browser feels a queue it says 0.85 of what came.
    /// </summary>
    private const int NeededPercent = 75;

    private TimeSpan? narrowSince;
    private TimeSpan changedAt;
    private TimeSpan pause = FirstPause;
    private long? limitBps;
    private bool climbs;
    private bool wasEnough;
    private byte fractionLost;
    private int unbearableReports;

    /// <summary>The viewer should have the small picture.</summary>
    public bool IsNarrow { get; private set; }

    /// <summary>The big picture was taken again not long ago, and may have to be given up at once.</summary>
    public bool Tries { get; private set; }

    /// <summary>The viewer's estimate of what it can take (REMB).</summary>
    public void Limited(long bitrateBps)
    {
        climbs = bitrateBps > limitBps;
        limitBps = bitrateBps;
    }

    /// <summary>From a receiver report, of 256.</summary>
    public void Lost(byte fraction)
    {
        fractionLost = fraction;
        unbearableReports = fraction >= UnbearableLoss ? unbearableReports + 1 : 0;
    }

    /// <param name="neededBps">What the big picture takes; 0 while that is unknown.</param>
    /// <param name="now">Since the session began.</param>
    public void Decide(long neededBps, TimeSpan now)
    {
        if (IsNarrow)
        {
            if (now - changedAt >= pause && fractionLost <= BearableLoss)
            {
                Change(false, now);
            }

            return;
        }

        var tooLow = limitBps * 100 < neededBps * NeededPercent;
        wasEnough |= limitBps is not null && !tooLow;
        var loses = fractionLost >= UnbearableLoss;
        narrowSince = loses || (now - changedAt >= EstimateGrace && tooLow && !climbs) ? narrowSince ?? now : null;
        Tries = changedAt > TimeSpan.Zero && now - changedAt < Trial;
        if ((Tries && unbearableReports >= EnoughInTrial) || (now - changedAt >= Grace && now - narrowSince >= (loses || wasEnough ? Patience : ClimbPatience)))
        {
            pause = Tries ? TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)) : FirstPause;
            Change(true, now);
        }
    }

    private void Change(bool narrow, TimeSpan now)
    {
        IsNarrow = narrow;
        Tries = !narrow;
        changedAt = now;
        narrowSince = null;
        limitBps = null;
        climbs = false;
        wasEnough = false;
        fractionLost = 0;
        unbearableReports = 0;
    }
}
