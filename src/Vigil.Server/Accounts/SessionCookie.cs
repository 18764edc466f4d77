namespace Vigil.Server.Accounts;

/// <summary>The session cookie: `__Host-vigil` on https, `vigil` on http; HttpOnly, SameSite=Lax.</summary>
internal static class SessionCookie
{
    private const string Plain = "vigil";
    private const string Secure = "__Host-vigil";

    public static string? Read(HttpRequest request) =>
        request.Cookies[request.IsHttps ? Secure : Plain] is { Length: > 0 } value ? value : null;

    public static void Set(HttpContext context, NewSession session) =>
        context.Response.Cookies.Append(Name(context), session.Secret, Options(context, session.ExpiresAt));

    public static void Clear(HttpContext context) => context.Response.Cookies.Delete(Name(context), Options(context, null));

    private static string Name(HttpContext context) => context.Request.IsHttps ? Secure : Plain;

    private static CookieOptions Options(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = context.Request.IsHttps,
        Path = "/",
        Expires = expires,
        IsEssential = true,
    };
}
