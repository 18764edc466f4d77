using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Vigil.Server.Accounts;

/// <summary>Sign-in and tokens. Section `Accounts`. Who may register is not here: an administrator sets it on a page.</summary>
public sealed class AccountOptions
{
    /// <summary>Signs tokens instead of the keys Vigil makes and rotates itself. Alias JWT_SECRET. At least 16 characters. Default: none.</summary>
    [MinLength(16)]
    public string? JwtSecret { get; set; }

    /// <summary>Still accepted beside <see cref="JwtSecret"/>, for changing it without signing everybody out. Alias JWT_PREVIOUS_SECRET.</summary>
    [MinLength(16)]
    public string? JwtPreviousSecret { get; set; }

    /// <summary>Minutes a token of `/auth/token` and `/auth/login` lives. Alias ACCESS_TOKEN_EXPIRE_MINUTES. Default 30.</summary>
    // The session behind it lives on; a page with the cookie never notices.
    [Range(1, 60 * 24 * 90)]
    public int AccessTokenMinutes { get; set; } = 30;
}

[OptionsValidator]
internal sealed partial class AccountOptionsValidator : IValidateOptions<AccountOptions>;
