using System.Globalization;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>May this request make an account? Pure part of <see cref="Registration"/>.</summary>
internal enum RegistrationDecision
{
    Allowed,
    NeedsCode,
    WrongCode,
    Closed,
    TooMany,
}

/// <summary>Makes accounts for visitors: the first one with the set-up code, later ones as the administrator's setting allows.</summary>
internal sealed class Registration(AccountDirectory accounts, ServerSettings settings, SetupCode code, SignInThrottle throttle, RateLimits limits)
{
    /// <summary>Header for registrations through routes whose documented body has no place for the code.</summary>
    public const string CodeHeader = "X-Setup-Code";

    public static RegistrationDecision Decide(bool anyAccount, bool fromLoopback, bool fromPrivate, bool codeGiven, bool codeRight, RegistrationMode mode) =>
        (anyAccount, mode) switch
        {
            (false, _) => fromLoopback || codeRight ? RegistrationDecision.Allowed : codeGiven ? RegistrationDecision.WrongCode : RegistrationDecision.NeedsCode,
            (true, RegistrationMode.Open) => RegistrationDecision.Allowed,
            (true, RegistrationMode.Private) when fromPrivate => RegistrationDecision.Allowed,
            _ => RegistrationDecision.Closed,
        };

    public async Task<RegistrationDecision> DecideAsync(HttpContext context, string? typedCode, CancellationToken cancel)
    {
        var anyAccount = await accounts.AnyAsync(cancel);
        var values = await settings.ReadAsync(cancel);
        typedCode ??= context.Request.Headers[CodeHeader].ToString() is { Length: > 0 } header ? header : null;
        var isGuess = !anyAccount && typedCode is not null && !ClientAddress.IsLoopback(context);
        // One key for everybody: six characters must not be guessed from a thousand addresses either.
        var key = SignInThrottle.Key("set-up code", "", "");
        if (isGuess && await throttle.BeginAsync(key, cancel) is { } comeBack)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(comeBack.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return RegistrationDecision.TooMany;
        }

        var decision = Decide(
            anyAccount, ClientAddress.IsLoopback(context), ClientAddress.IsPrivate(context), typedCode is not null, code.Matches(typedCode), values.Registration);
        if (isGuess && decision != RegistrationDecision.WrongCode)
        {
            await throttle.SucceededAsync(key, cancel);
        }

        // Each registration costs a password hash and a household; twenty an hour are plenty for one house.
        return decision == RegistrationDecision.Allowed && anyAccount && !limits.TryTake("register", ClientAddress.Neighbourhood(context), 20, TimeSpan.FromHours(1))
            ? RegistrationDecision.TooMany
            : decision;
    }

    /// <summary>Would a registration without a code be let in? Costs nothing and counts nothing.</summary>
    public async Task<RegistrationDecision> DecideForShowAsync(HttpContext context, CancellationToken cancel) => Decide(
        await accounts.AnyAsync(cancel), ClientAddress.IsLoopback(context), ClientAddress.IsPrivate(context), codeGiven: false, codeRight: false,
        (await settings.ReadAsync(cancel)).Registration);

    public async Task<AccountMade> CreateAsync(NewAccount wanted, CancellationToken cancel) =>
        await accounts.CreateAsync(wanted with { Role = (await settings.ReadAsync(cancel)).DefaultRole }, cancel);

    public static string Explain(RegistrationDecision decision) => decision switch
    {
        RegistrationDecision.NeedsCode => "The first account needs the set-up code that the server printed in its terminal.",
        RegistrationDecision.WrongCode => "That is not the set-up code that the server printed in its terminal.",
        RegistrationDecision.Closed => "Registration is closed here; ask an owner to add you.",
        RegistrationDecision.TooMany => "Too many attempts; please wait a moment.",
        _ => "",
    };

    public static (int Status, string Code) Answer(RegistrationDecision decision) => decision switch
    {
        RegistrationDecision.NeedsCode => (StatusCodes.Status403Forbidden, "setupCodeNeeded"),
        RegistrationDecision.WrongCode => (StatusCodes.Status403Forbidden, "setupCodeWrong"),
        RegistrationDecision.TooMany => (StatusCodes.Status429TooManyRequests, "tooManyRequests"),
        _ => (StatusCodes.Status403Forbidden, "registrationClosed"),
    };
}
