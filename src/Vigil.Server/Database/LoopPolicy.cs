namespace Vigil.Server.Database;

/// <summary>The one row that says who runs the loops, with the database's clock beside it.</summary>
internal sealed record LoopOwnership
{
    public Guid? OwnerId { get; init; }
    public int? BackendPid { get; init; }
    public int? YieldsAfterSeconds { get; init; }
    public DateTimeOffset HeartbeatAt { get; init; }
    public DateTimeOffset Now { get; init; }
}

/// <summary>
/// Who may run the loops. Two servers must never both record, and a server that has lost its database must go on when nobody else could have taken
/// over. Both hold because the owner writes down in advance whether it will yield: only while another server is known does it promise to stop after
/// losing contact, and only after such a promise has run out may the other take over. See the decision record on loop ownership.
/// </summary>
internal static class LoopPolicy
{
    /// <summary>How long after losing the database an owner with a known stand-by goes on.</summary>
    public static readonly TimeSpan YieldAfter = TimeSpan.FromSeconds(30);

    /// <summary>The owner stops this much earlier and the other waits this much longer than promised.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(8);

    /// <summary>May the server <paramref name="me"/> take the loops, given the row and whether this database can have no other server (embedded)?</summary>
    public static bool MayTake(LoopOwnership row, Guid me, bool isPrivate, bool takeOver) =>
        isPrivate || takeOver || row.OwnerId is null || row.OwnerId == me
        || (row.YieldsAfterSeconds is { } seconds && row.Now - row.HeartbeatAt > TimeSpan.FromSeconds(seconds) + Margin);

    /// <summary>
    /// How much longer an owner may run loops without hearing from the database; null means for ever. <paramref name="sinceContact"/> counts from before
    /// the last statement that succeeded was sent.
    /// </summary>
    public static TimeSpan? MayRunFor(bool promised, TimeSpan sinceContact) =>
        !promised ? null : sinceContact >= YieldAfter - Margin ? TimeSpan.Zero : YieldAfter - Margin - sinceContact;
}
