using System.Globalization;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>The one way in: every login route of every documented API ends here. A success opens a session row and sets the cookie.</summary>
internal sealed class SignIn(AccountDirectory accounts, LoginSessions sessions, Passwords passwords, SignInThrottle throttle)
{
    /// <summary>Longer texts are not passwords, only work for the hash.</summary>
    private const int LongestPassword = 1024;

    public async Task<SignInResult> TryAsync(HttpContext context, string login, string password, CancellationToken cancel)
    {
        var result = await CheckAsync(context, login, password, cancel);
        return result.Account is { } account ? result with { Session = await OpenAsync(context, account, cancel) } : result;
    }

    /// <summary>Is this the password? Counts as an attempt, opens nothing.</summary>
    public async Task<SignInResult> CheckAsync(HttpContext context, string login, string password, CancellationToken cancel)
    {
        var account = login.Length is > 0 and <= 320 ? await accounts.FindByLoginAsync(login, cancel) : null;
        var key = KeyOf(account, login, ClientAddress.Neighbourhood(context));
        if (await throttle.BeginAsync(key, cancel) is { } comeBack)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(comeBack.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return SignInResult.TooMany;
        }

        // The hash is computed for nobody, too: unknown and wrong take the same time and get the same answer.
        var right = await passwords.VerifyAsync(account?.PasswordHash, password.Length <= LongestPassword ? password : "", cancel);
        if (account is null || !right || !account.IsActive)
        {
            return account is not null && right ? SignInResult.Disabled : SignInResult.Wrong;
        }

        await throttle.SucceededAsync(key, cancel);
        return new SignInResult { Account = account };
    }

    /// <summary>All names of an account are one: guessing at its e-mail and at its username takes turns.</summary>
    internal static byte[] KeyOf(Account? account, string login, string address) => account is null
        ? SignInThrottle.Key("sign-in, unknown", login, address)
        : SignInThrottle.Key("sign-in", account.Id.ToString(CultureInfo.InvariantCulture), address);

    /// <summary>For somebody whose identity is settled already (just registered).</summary>
    public async Task<NewSession> OpenAsync(HttpContext context, Account account, CancellationToken cancel)
    {
        var session = await sessions.OpenAsync(account.Id, context.Request.Headers.UserAgent, ClientAddress.Of(context).ToString(), cancel);
        SessionCookie.Set(context, session);
        return session;
    }
}

internal sealed record SignInResult
{
    public static readonly SignInResult Wrong = new();
    public static readonly SignInResult Disabled = new() { IsDisabled = true };
    public static readonly SignInResult TooMany = new() { IsTooMany = true };

    public Account? Account { get; init; }
    public NewSession? Session { get; init; }

    /// <summary>The password was right, but the account is switched off.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>Come back later; Retry-After is set.</summary>
    public bool IsTooMany { get; init; }
}
