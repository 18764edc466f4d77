using Vigil.Server.Accounts;
using Vigil.Server.Database;

namespace Vigil.Server.Events;

/// <summary>
/// An open socket lives as long as the session and the place in the household that opened it. Nobody is sent away because the database is away.
/// </summary>
public sealed class SessionWatch(LoginSessions sessions, TimeProvider time)
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>Why the socket must end, or null.</summary>
    public async Task<string?> EndAsync(CurrentMember member, CancellationToken cancel)
    {
        try
        {
            var session = await sessions.FindByUidAsync(member.SessionUid, cancel);
            return session is null ? "signedOut"
                : session.Households.Any(h => h.HouseholdId == member.HouseholdId && h.Place == member.Place) ? null
                : "householdChanged";
        }
        catch (Exception away) when (away is DatabaseAwayException or Npgsql.NpgsqlException)
        {
            return null;
        }
    }

    /// <summary>Returns when the session has ended or <paramref name="stillAllowed"/> says no.</summary>
    public async Task WaitForEndAsync(CurrentMember member, Func<bool> stillAllowed, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(cancel) && stillAllowed() && await EndAsync(member, cancel) is null)
        {
        }
    }
}
